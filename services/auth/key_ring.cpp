// See key_ring.hpp.
#include "services/auth/key_ring.hpp"

#include "platform/observe/log.hpp"
#include "services/auth/sql.hpp"

namespace esm::auth {

namespace {

constexpr std::string_view seal_purpose = "signing-key";
constexpr auto reload_every = std::chrono::seconds(30);
constexpr auto retry_first = std::chrono::milliseconds(50);
constexpr auto retry_last = std::chrono::milliseconds(5000);
constexpr auto query_patience = std::chrono::seconds(5);

error not_loaded() {
    return fail(errc::unavailable, "the signing keys are not loaded yet; try again shortly");
}

}  // namespace

key_ring::key_ring(async::runtime& runtime, db::database& database, const security::master_key& master)
    : runtime_(runtime), database_(database), master_(master) {}

void key_ring::start(unsigned shard) {
    wake_ = std::make_unique<async::signal>(runtime_.executor(shard));
    runtime_.spawn(shard, "signing keys", keep_loaded());
}

void key_ring::stop() {
    stopping_ = true;
    if (wake_) wake_->notify();
}

result<std::string> key_ring::sign(const security::access_claims& claims) const {
    const auto keys = snapshot_.load();
    if (!keys) return not_loaded();
    return keys->active.sign(claims);
}

result<std::string> key_ring::jwks() const {
    const auto keys = snapshot_.load();
    if (!keys) return not_loaded();
    return keys->jwks;
}

awaitable<void> key_ring::load() {
    auto stored = co_await database_.query(deadline_in(query_patience), sql::list_published_keys);
    if (stored.empty()) {
        const auto key = security::signing_key::generate();
        co_await database_.query(
            deadline_in(query_patience),
            sql::insert_active_key,
            key.id(),
            master_.seal(key.to_pem(), seal_purpose),
            key.public_jwk(),
            now_us()
        );
        stored = co_await database_.query(deadline_in(query_patience), sql::list_published_keys);
    }
    std::string keys;
    std::optional<security::signing_key> active;
    for (const auto& each : stored) {
        if (!keys.empty()) keys += ',';
        keys += each.view(2);
        if (each.view(3) != "active") continue;
        const auto pem = master_.open(each.view(1), seal_purpose);
        if (!pem)
            throw std::runtime_error("auth.master_key_file does not open the signing keys in the database");
        active = security::signing_key::from_pem(*pem);
    }
    if (!active) throw std::runtime_error("the database holds no active signing key");
    snapshot_.store(std::make_shared<const snapshot>(snapshot{*active, "{\"keys\":[" + keys + "]}"}));
}

awaitable<void> key_ring::keep_loaded() {
    auto retry = retry_first;
    while (!stopping_) {
        std::string failure;
        try {
            co_await load();
        } catch (const std::exception& cause) {
            failure = cause.what();
        }
        if (failure.empty()) {
            retry = retry_first;
            co_await wake_->wait_for(reload_every);
            continue;
        }
        observe::log(observe::level::warn, "signing keys not loaded", {{"cause", failure}});
        co_await wake_->wait_for(retry);
        retry = std::min(retry * 2, retry_last);
    }
}

}  // namespace esm::auth
