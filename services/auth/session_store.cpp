// See session_store.hpp.
#include "services/auth/session_store.hpp"

#include "platform/base/words.hpp"
#include "platform/security/sealed.hpp"
#include "services/auth/sql.hpp"

namespace esm::auth::session_store {

namespace {

constexpr std::size_t session_columns = 15;

session_store::stored_token read_token(const db::row& from) {
    stored_token read;
    read.of = read_session(from);
    read.token_hash = from.text(session_columns);
    read.expires_at = from.integer(session_columns + 1);
    read.used_at = from.optional_integer(session_columns + 2);
    read.successor_sealed = from.optional_text(session_columns + 3).value_or("");
    return read;
}

std::vector<session> read_sessions(const db::rows& found) {
    std::vector<session> read;
    read.reserve(found.size());
    for (const auto& each : found) read.push_back(read_session(each));
    return read;
}

}  // namespace

session read_session(const db::row& from) {
    session read;
    read.session_id = from.text(0);
    read.user_id = from.integer(1);
    read.username = from.text(2);
    read.roles = split_words(from.view(3));
    read.created_at = from.integer(4);
    read.expires_at = from.integer(5);
    read.revoked_at = from.optional_integer(6);
    read.version = from.integer(7);
    read.client_id = from.text(8);
    read.scopes = split_words(from.view(9));
    read.credential_epoch = from.integer(10);
    read.user_agent = from.text(11);
    read.address = from.text(12);
    read.last_used_at = from.integer(13);
    read.mfa = from.boolean(14);
    return read;
}

void insert(db::transaction& tx, const session& added) {
    tx.exec(
        sql::insert_session,
        added.session_id,
        added.user_id,
        added.username,
        join_words(added.roles),
        added.created_at,
        added.expires_at,
        added.client_id,
        join_words(added.scopes),
        added.credential_epoch,
        added.user_agent,
        added.address,
        added.mfa
    );
}

void insert_of_clients(db::transaction& tx, const std::vector<session>& added) {
    db::text_list ids, clients, scopes;
    db::integer_list created, expire;
    for (const auto& each : added) {
        ids.push_back(each.session_id);
        created.push_back(each.created_at);
        expire.push_back(each.expires_at);
        clients.push_back(each.client_id);
        scopes.push_back(join_words(each.scopes));
    }
    tx.exec_bulk(
        sql::insert_client_sessions,
        {std::move(ids), std::move(created), std::move(expire), std::move(clients), std::move(scopes)}
    );
}

void insert_tokens(db::transaction& tx, const std::vector<new_token>& added) {
    db::text_list hashes, sessions;
    db::integer_list issued, expire;
    for (const auto& each : added) {
        hashes.push_back(security::sha256_hex(each.token));
        sessions.push_back(each.session_id);
        issued.push_back(each.issued_at);
        expire.push_back(each.expires_at);
    }
    tx.exec_bulk(
        sql::insert_refresh_tokens,
        {std::move(hashes), std::move(sessions), std::move(issued), std::move(expire)}
    );
}

awaitable<std::vector<stored_token>> lock_tokens(db::transaction& tx, db::text_list token_hashes) {
    const auto found = co_await tx.query(sql::lock_refresh_tokens, std::move(token_hashes));
    std::vector<stored_token> tokens;
    tokens.reserve(found.size());
    for (const auto& from : found) {
        tokens.push_back(read_token(from));
    }
    co_return tokens;
}

awaitable<std::optional<stored_token>> find_token(
    db::database& source, const std::string& token_hash, deadline until
) {
    const auto found = co_await source.query(until, sql::find_refresh_token, token_hash);
    if (found.empty()) co_return std::nullopt;
    co_return read_token(found.front());
}

void mark_used(db::transaction& tx, const std::vector<used_token>& used) {
    db::text_list hashes, successors, sessions;
    db::integer_list at;
    for (const auto& each : used) {
        hashes.push_back(each.token_hash);
        successors.push_back(each.successor_sealed);
        sessions.push_back(each.session_id);
        at.push_back(each.used_at);
    }
    tx.exec_bulk(sql::use_refresh_tokens, {std::move(hashes), at, std::move(successors)});
    tx.exec_bulk(sql::touch_sessions, {std::move(sessions), at});
}

awaitable<std::optional<session>> revoke(
    db::transaction& tx, const std::string& session_id, std::int64_t user_id, instant_us at
) {
    const auto revoked = co_await tx.query(sql::revoke_own_session, session_id, user_id, at);
    if (revoked.empty()) co_return std::nullopt;
    co_return read_session(revoked.front());
}

awaitable<std::vector<session>> revoke_of_user(
    db::transaction& tx,
    std::int64_t user_id,
    std::int64_t epoch_below,
    instant_us at,
    const std::string& kept
) {
    co_return read_sessions(co_await tx.query(sql::revoke_sessions_of_user, user_id, epoch_below, at, kept));
}

awaitable<std::int64_t> raise_epoch(db::transaction& tx, std::int64_t user_id, std::int64_t epoch) {
    const auto raised = co_await tx.query(sql::raise_epoch, user_id, epoch);
    co_return raised.front().integer(0);
}

awaitable<std::vector<session>> list(
    db::database& source, std::int64_t user_id, const place& after, std::int64_t limit, deadline until
) {
    co_return read_sessions(co_await source.query(
        until, sql::list_sessions, user_id, now_us(), after.created_at, after.session_id, limit
    ));
}

awaitable<std::optional<session>> find(db::database& source, const std::string& session_id, deadline until) {
    const auto found = co_await source.query(until, sql::find_session, session_id);
    if (found.empty()) co_return std::nullopt;
    co_return read_session(found.front());
}

}  // namespace esm::auth::session_store
