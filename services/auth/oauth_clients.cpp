// See oauth_clients.hpp.
#include "services/auth/oauth_clients.hpp"

#include "platform/base/random.hpp"
#include "platform/base/words.hpp"
#include "platform/config/values.hpp"
#include "platform/security/sealed.hpp"
#include "services/auth/sql.hpp"

namespace esm::auth {

namespace {

constexpr auto kept_for = std::chrono::milliseconds(500);
constexpr std::size_t kept_max = 10'000;
constexpr auto start_patience = std::chrono::seconds(30);

oauth_client read_client(const db::row& from) {
    return {
        from.text(0), from.text(1), from.text(2), split_words(from.view(3)), from.integer(4), from.integer(5)
    };
}

}  // namespace

const std::vector<std::string>& client_scopes() {
    static const std::vector<std::string> all{
        "users:admin",
        "auth:admin",
        "tasks:read",
        "tasks:write",
        "tasks:admin",
        "tasks:work",
        "introspect",
        "internal:users",
        "internal:auth",
        "notifications:read",
        "notifications:write",
        "internal:tasks",
        "notifications:send",
        "notifications:admin",
        "internal:notifications"
    };
    return all;
}

made_client oauth_clients::create(
    const context& ctx, db::transaction& tx, std::string name, std::vector<std::string> scopes
) {
    made_client made{{"client-" + random_hex(8), std::move(name), {}, std::move(scopes), now_us(), 1}, {}};
    made.secret = "esm_cs_" + random_base64url(32);
    made.client.secret_hash = security::sha256_hex(made.secret);
    std::optional<std::int64_t> by;
    if (ctx.caller->user_id != 0) by = ctx.caller->user_id;
    tx.exec(
        sql::insert_client,
        made.client.client_id,
        made.client.name,
        made.client.secret_hash,
        join_words(made.client.scopes),
        by,
        made.client.created_at
    );
    return made;
}

awaitable<std::vector<oauth_client>> oauth_clients::list(
    const place& after, std::int64_t limit, deadline until
) {
    const auto found =
        co_await database_.query(until, sql::list_clients, after.created_at, after.client_id, limit);
    std::vector<oauth_client> clients;
    for (const auto& row : found) clients.push_back(read_client(row));
    co_return clients;
}

awaitable<result<void>> oauth_clients::revoke(const context& ctx, const std::string& client_id) {
    if (configured_.contains(client_id)) {
        co_return fail(
            errc::conflict, "the configuration names it: take it out there and restart the auth service"
        );
    }
    const auto work = [&](db::transaction& tx) -> awaitable<result<void>> {
        const auto revoked = co_await tx.query(sql::revoke_client, client_id, now_us());
        if (revoked.empty()) co_return fail(errc::not_found);
        session ended;
        ended.session_id = client_id;
        ended.client_id = client_id;
        ended.version = revoked.front().integer(0);
        ending_.announce(tx, ended, "client_removed", ctx.trace);
        tx.after_commit([this, client_id] {
            const std::lock_guard lock(mutex_);
            known_.erase(client_id);
        });
        co_return result<void>();
    };
    co_return co_await database_.transact(ctx.until, work);
}

awaitable<std::optional<oauth_client>> oauth_clients::find(const std::string& client_id, deadline until) {
    {
        const std::lock_guard lock(mutex_);
        const auto found = known_.find(client_id);
        if (found != known_.end() && found->second.good_until > std::chrono::steady_clock::now()) {
            co_return found->second.client;
        }
    }
    const auto rows = co_await database_.query(until, sql::find_client, client_id);
    std::optional<oauth_client> client;
    if (!rows.empty()) client = read_client(rows.front());
    const std::lock_guard lock(mutex_);
    if (known_.size() >= kept_max) known_.clear();
    known_[client_id] = {client, deadline_in(kept_for)};
    co_return client;
}

awaitable<std::optional<oauth_client>> oauth_clients::authenticate(
    const std::string& client_id, const std::string& secret, deadline until
) {
    auto client = co_await find(client_id, until);
    if (!client || !security::same_secret(security::sha256_hex(secret), client->secret_hash)) {
        co_return std::nullopt;
    }
    co_return client;
}

awaitable<void> oauth_clients::put_configured_clients(
    std::string_view key, const std::vector<std::string>& configured, const std::string& scopes
) {
    for (const auto& each : configured) {
        const auto equals = each.find('=');
        const bool named = equals != std::string::npos && equals > 0 && std::isalpha(each.front()) != 0;
        if (!named || each.size() - equals < 33) {
            throw esm::config::invalid_configuration(
                fmt::format("{}: each must be name=secret with a secret of at least 32 characters", key)
            );
        }
        if (!configured_.insert(each.substr(0, equals)).second) {
            throw esm::config::invalid_configuration(
                fmt::format("{}: {} is configured twice", key, each.substr(0, equals))
            );
        }
        const auto secret_hash = security::sha256_hex(std::string_view(each).substr(equals + 1));
        co_await database_.query(
            deadline_in(start_patience),
            sql::put_service_client,
            each.substr(0, equals),
            secret_hash,
            scopes,
            now_us()
        );
    }
}

}  // namespace esm::auth
