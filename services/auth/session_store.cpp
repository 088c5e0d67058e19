// See session_store.hpp.
#include "services/auth/session_store.hpp"

#include "platform/base/words.hpp"
#include "platform/security/sealed.hpp"
#include "services/auth/sql.hpp"

namespace esm::auth::session_store {

using security::sha256_hex;

void insert(db::transaction& tx, const session& added) {
    tx.exec(
        sql::insert_session,
        added.session_id,
        added.user_id,
        added.username,
        join_words(added.roles),
        added.created_at,
        added.expires_at
    );
}

void insert_token(
    db::transaction& tx,
    const std::string& token,
    const std::string& session_id,
    instant_us issued_at,
    instant_us expires_at
) {
    tx.exec(sql::insert_refresh_token, sha256_hex(token), session_id, issued_at, expires_at);
}

awaitable<std::optional<stored_token>> lock_token(db::transaction& tx, const std::string& token) {
    const auto found = co_await tx.query(sql::lock_refresh_token, sha256_hex(token));
    if (found.empty()) co_return std::nullopt;
    const auto from = found.front();
    stored_token read;
    read.expires_at = from.integer(0);
    read.used_at = from.optional_integer(1);
    read.successor_sealed = from.optional_text(2).value_or("");
    read.of.session_id = from.text(3);
    read.of.user_id = from.integer(4);
    read.of.username = from.text(5);
    read.of.roles = split_words(from.view(6));
    read.of.expires_at = from.integer(7);
    read.of.revoked_at = from.optional_integer(8);
    read.of.version = from.integer(9);
    co_return read;
}

void mark_used(
    db::transaction& tx, const std::string& token, instant_us used_at, const std::string& successor_sealed
) {
    tx.exec(sql::use_refresh_token, sha256_hex(token), used_at, successor_sealed);
}

void revoke(db::transaction& tx, const std::string& session_id, instant_us revoked_at) {
    tx.exec(sql::revoke_session, session_id, revoked_at);
}

awaitable<bool> is_live(db::database& source, const std::string& session_id, deadline until) {
    const auto found = co_await source.query(until, sql::find_session_state, session_id);
    co_return !found.empty() && found.front().is_null(0);
}

}  // namespace esm::auth::session_store
