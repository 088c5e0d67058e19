// See api_keys.hpp.
#include "services/auth/api_keys.hpp"

#include "platform/base/random.hpp"
#include "platform/base/words.hpp"
#include "platform/security/authenticator.hpp"
#include "platform/security/sealed.hpp"
#include "services/auth/session_store.hpp"
#include "services/auth/sql.hpp"

namespace esm::auth {

namespace {

constexpr std::int64_t keys_max = 50;
constexpr std::int64_t touch_every_us = 60'000'000;
constexpr auto find_patience = std::chrono::seconds(2);

}  // namespace

awaitable<result<made_api_key>> api_keys::create(const context& ctx, db::transaction& tx, api_key wanted) {
    for (const auto& each : wanted.scopes) {
        if (!ctx.caller->has_scope(each)) {
            co_return fail(errc::forbidden, fmt::format("you have not the scope {} yourself", each));
        }
    }
    made_api_key made{std::move(wanted), std::string(security::api_key_prefix) + random_base64url(32)};
    made.key.api_key_id = make_uuid();
    made.key.created_at = now_us();
    const auto found = co_await tx.query(sql::find_session, ctx.caller->session_id);
    if (found.empty()) co_return fail(errc::invalid_token, "the session has ended");
    const auto owner = session_store::read_session(found.front());
    const auto epoch = co_await session_store::raise_epoch(tx, owner.user_id, owner.credential_epoch);
    if (owner.revoked_at || epoch > owner.credential_epoch) {
        co_return fail(errc::invalid_token, "the session has ended");
    }
    const auto standing = co_await tx.query(sql::count_api_keys, owner.user_id, now_us());
    if (standing.front().integer(0) >= keys_max) {
        co_return fail(errc::conflict, fmt::format("there are {} API keys; revoke one first", keys_max));
    }
    tx.exec(
        sql::insert_api_key,
        made.key.api_key_id,
        owner.user_id,
        owner.username,
        join_words(owner.roles),
        made.key.name,
        security::sha256_hex(made.token),
        join_words(made.key.scopes),
        owner.credential_epoch,
        made.key.created_at,
        made.key.expires_at
    );
    co_return made;
}

awaitable<std::vector<api_key>> api_keys::list(
    std::int64_t user_id, const place& after, std::int64_t limit, deadline until
) {
    const auto found = co_await database_.query(
        until, sql::list_api_keys, user_id, now_us(), after.created_at, after.api_key_id, limit
    );
    std::vector<api_key> keys;
    for (const auto& row : found) {
        keys.push_back(
            {row.text(0),
             row.text(1),
             split_words(row.view(2)),
             row.integer(3),
             row.integer(4),
             row.optional_integer(5)}
        );
    }
    co_return keys;
}

awaitable<result<void>> api_keys::revoke(
    const context& ctx, const std::string& api_key_id, std::int64_t user_id
) {
    const auto work = [&](db::transaction& tx) -> awaitable<result<void>> {
        const auto revoked = co_await tx.query(sql::revoke_api_key, api_key_id, user_id, now_us());
        if (revoked.empty()) co_return fail(errc::not_found);
        session ended;
        ended.session_id = api_key_id;
        ended.user_id = user_id;
        ended.username = revoked.front().text(0);
        ended.version = 2;
        ending_.announce(tx, ended, "api_key_revoked", ctx.trace);
        co_return result<void>();
    };
    co_return co_await database_.transact(ctx.until, work);
}

awaitable<result<principal>> api_keys::find(const std::string& token) {
    const auto now = now_us();
    const auto found = co_await database_.query(
        deadline_in(find_patience), sql::find_api_key, security::sha256_hex(token), now
    );
    if (found.empty()) co_return fail(errc::invalid_token, "the API key is not valid");
    const auto row = found.front();
    principal holder;
    holder.kind = credential::api_key;
    holder.session_id = row.text(0);
    holder.user_id = row.integer(1);
    holder.username = row.text(2);
    holder.client_id = own_client_id;
    holder.roles = split_words(row.view(3));
    const auto allowed = scopes_of(holder.roles);
    for (auto& scope : split_words(row.view(4))) {
        if (std::find(allowed.begin(), allowed.end(), scope) != allowed.end()) holder.scopes.push_back(scope);
    }
    holder.expires_at_us = row.integer(5);
    if (row.optional_integer(6).value_or(0) + touch_every_us < now) {
        co_await database_.query(deadline_in(find_patience), sql::touch_api_key, holder.session_id, now);
    }
    co_return holder;
}

}  // namespace esm::auth
