// See key_ring.hpp.
#include "services/auth/key_ring.hpp"

#include "platform/observe/log.hpp"
#include "services/auth/events.hpp"
#include "services/auth/sql.hpp"

namespace esm::auth {

namespace {

constexpr std::string_view seal_purpose = "signing-key";
constexpr auto reload_every = std::chrono::seconds(1);
// How long after its last token a key stays published: clocks differ, and a replica may sign with it until it
// reads the keys again.
constexpr std::int64_t margin_us = 120'000'000;
constexpr auto retry_first = std::chrono::milliseconds(50);
constexpr auto retry_last = std::chrono::milliseconds(5000);
constexpr auto query_patience = std::chrono::seconds(5);

error not_loaded() {
    return fail(errc::unavailable, "the signing keys are not loaded yet; try again shortly");
}

}  // namespace

key_ring::key_ring(
    async::runtime& runtime,
    db::database& database,
    const outbox::outbox& outbox,
    const security::master_key& master,
    const config& settings
)
    : runtime_(runtime), database_(database), outbox_(outbox), master_(master), settings_(settings) {}

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

awaitable<void> key_ring::make_first() {
    const auto key = security::signing_key::generate();
    co_await database_.query(
        deadline_in(query_patience),
        sql::insert_active_key,
        key.id(),
        master_.seal(key.to_pem(), seal_purpose),
        key.public_jwk(),
        now_us()
    );
}

// Under the rows' locks, so that of two replicas one does it and the other finds it done.
awaitable<void> key_ring::move_on() {
    const auto work = [this](db::transaction& tx) -> awaitable<result<void>> {
        const auto now = now_us();
        const auto keys = co_await tx.query(sql::lock_keys);
        for (const auto& each : keys) {
            if (each.view(1) != "published" || each.integer(2) > now) continue;
            const auto last_token = now + settings_.access_token_lifetime * 1000;
            tx.exec(sql::retire_active_key, last_token + margin_us);
            tx.exec(sql::activate_key, each.text(0));
            observe::log(observe::level::info, "signing key active", {{"keyId", each.text(0)}});
        }
        tx.exec(sql::delete_retired_keys, now);
        co_return result<void>();
    };
    co_await database_.transact(deadline_in(query_patience), work);
}

awaitable<result<rotation>> key_ring::rotate(const context& ctx, db::transaction& tx) {
    const auto key = security::signing_key::generate();
    const auto sealed = master_.seal(key.to_pem(), seal_purpose);
    const auto now = now_us();
    const rotation next{key.id(), now + settings_.key_activation_delay * 1000};
    const auto added = co_await tx.query(
        sql::insert_next_key, next.key_id, sealed, key.public_jwk(), now, next.activates_at
    );
    if (added.empty()) co_return fail(errc::conflict, "a new key already waits to become active");
    outbox_.append(tx, key_rotated(next, ctx.trace));
    tx.after_commit([this] {
        if (wake_) wake_->notify();
    });
    co_return next;
}

awaitable<void> key_ring::load() {
    const auto held = snapshot_.load();
    if (held && held->waiting) co_await move_on();
    auto stored = co_await database_.query(deadline_in(query_patience), sql::list_published_keys);
    if (stored.empty()) {
        co_await make_first();
        stored = co_await database_.query(deadline_in(query_patience), sql::list_published_keys);
    }
    std::string keys;
    std::optional<security::signing_key> active;
    for (const auto& each : stored) {
        if (!keys.empty()) keys += ',';
        keys += each.view(2);
        if (each.view(3) != "active") continue;
        if (held && held->active.id() == each.view(0)) {
            active = held->active;
            continue;
        }
        const auto pem = master_.open(each.view(1), seal_purpose);
        if (!pem)
            throw std::runtime_error("auth.master_key_file does not open the signing keys in the database");
        active = security::signing_key::from_pem(*pem);
    }
    if (!active) throw std::runtime_error("the database holds no active signing key");
    const bool waiting = stored.size() > 1;
    snapshot_.store(std::make_shared<const snapshot>(snapshot{*active, "{\"keys\":[" + keys + "]}", waiting})
    );
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
