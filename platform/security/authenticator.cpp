// See authenticator.hpp.
#include "platform/security/authenticator.hpp"

#include <sodium.h>

#include "platform/async/signal.hpp"
#include "platform/observe/log.hpp"
#include "platform/security/jwt_form.hpp"
#include "platform/security/key_source.hpp"
#include "platform/security/token_cache.hpp"

namespace esm::security {

namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds first_retry = 100ms;
constexpr std::chrono::milliseconds last_retry = 5s;

// Half to all of `longest`, so that replicas that lost the auth service together do not come back together.
std::chrono::milliseconds jittered(std::chrono::milliseconds longest) {
    const auto half = static_cast<std::uint32_t>(longest.count() / 2);
    return std::chrono::milliseconds(half + randombytes_uniform(half + 1));
}

principal to_principal(access_claims claims) {
    principal caller;
    caller.kind = claims.user_id == 0 ? credential::client : credential::session;
    caller.user_id = claims.user_id;
    caller.username = std::move(claims.username);
    caller.session_id = std::move(claims.session_id);
    caller.client_id = std::move(claims.client_id);
    caller.roles = std::move(claims.roles);
    caller.scopes = std::move(claims.scopes);
    caller.expires_at_us = claims.expires_at_s * 1'000'000;
    return caller;
}

error keys_away() {
    auto refusal = fail(errc::unavailable, "tokens cannot be verified at the moment");
    refusal.retry_after = 1s;
    return refusal;
}

// The token of "Bearer …" (RFC 6750 section 2.1; the scheme in any case); empty for anything else.
std::string_view bearer_token(std::string_view authorization) {
    constexpr std::string_view scheme = "bearer ";
    if (authorization.size() <= scheme.size()) return {};
    for (std::size_t i = 0; i < scheme.size(); ++i) {
        const char c = authorization[i];
        if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != scheme[i]) return {};
    }
    authorization.remove_prefix(scheme.size());
    const auto token = authorization.find_first_not_of(' ');
    return token == std::string_view::npos ? std::string_view{} : authorization.substr(token);
}

}  // namespace

struct authenticator::state {
    state(
        async::runtime& on,
        authenticator_options settings,
        fetch_keys fetch,
        const revocations& known_revoked,
        find_holder find
    )
        : runtime(on),
          options(std::move(settings)),
          keys(std::move(fetch), options.unknown_key_pause),
          revoked(known_revoked),
          holder_of(std::move(find)),
          verified(options.cache_max) {}

    // What is cached was good when it came; whether it still is, is asked with each use.
    bool is_revoked(const principal& caller) const {
        return revoked.contains(caller.session_id) || revoked.contains(caller.client_id);
    }
    result<principal> unless_revoked(const principal& caller) const {
        if (is_revoked(caller)) return fail(errc::invalid_token, "the token has been revoked");
        return caller;
    }
    result<principal> remember(
        const sha256_digest& token, std::uint64_t generation, principal caller, std::int64_t good_until_us
    ) {
        const auto kept = std::make_shared<const principal>(std::move(caller));
        verified.put(token, generation, kept, good_until_us);
        return unless_revoked(*kept);
    }

    result<access_claims> check(const key_source::snapshot& with, std::string_view token) const {
        return with.keys.verify(token, options.issuer, options.audience, now_us() / 1'000'000);
    }

    async::runtime& runtime;
    const authenticator_options options;
    key_source keys;
    const revocations& revoked;
    const find_holder holder_of;
    verified_tokens verified;
    std::optional<async::signal> wake;
    async::oneshot<bool> ended;
    std::atomic<bool> stopping{false};
};

namespace {

// Keeps the keys fresh until `stopping`. Owns nothing: the caller's shared state does.
awaitable<void> keep_fresh(
    key_source& keys, async::signal wake, const std::atomic<bool>& stopping, std::chrono::milliseconds every
) {
    auto retry = first_retry;
    while (!stopping) {
        const bool fetched = co_await keys.refresh();
        if (fetched && retry != first_retry) observe::log(observe::level::info, "signing keys fetched again");
        const auto patience = fetched ? every : jittered(retry);
        retry = fetched ? first_retry : std::min(retry * 2, last_retry);
        if (!stopping) co_await wake.wait_for(patience);
    }
}

}  // namespace

authenticator::authenticator(
    async::runtime& runtime,
    authenticator_options options,
    fetch_keys fetch,
    const revocations& revoked,
    find_holder find
)
    : state_(std::make_shared<state>(runtime, std::move(options), std::move(fetch), revoked, std::move(find))
      ) {}

authenticator::~authenticator() {
    state_->stopping = true;
    if (state_->wake) state_->wake->notify();
}

void authenticator::start(unsigned shard) {
    state_->wake.emplace(state_->runtime.executor(shard));
    auto loop = [](std::shared_ptr<state> held) -> awaitable<void> {
        const std::chrono::milliseconds every = held->options.refresh_every;
        co_await keep_fresh(held->keys, *held->wake, held->stopping, every);
        held->ended.set_value(true);
    };
    state_->runtime.spawn(shard, "signing key refresh", loop(state_));
}

awaitable<void> authenticator::stop() {
    const auto held = state_;
    if (!held->wake || held->stopping.exchange(true)) co_return;
    held->wake->notify();
    co_await held->ended.get();
}

bool authenticator::has_keys() const {
    return state_->keys.generation() != 0;
}

awaitable<result<principal>> authenticator::authenticate(std::string_view authorization) {
    const auto token = bearer_token(authorization);
    if (token.empty()) co_return fail(errc::unauthenticated, "a bearer token is required");
    co_return co_await verify(token);
}

awaitable<result<principal>> authenticator::verify(std::string_view token) {
    const auto held = state_;
    if (token.size() > token_max_bytes) co_return fail(errc::invalid_token, "the token is too long");
    const auto digest = sha256(token);
    if (const auto holder = held->verified.find(digest, held->keys.generation(), now_us())) {
        co_return held->unless_revoked(*holder);
    }
    if (token.starts_with(api_key_prefix)) {
        if (!held->holder_of) co_return fail(errc::invalid_token, "API keys are not accepted here");
        const auto generation = held->keys.generation();
        auto holder = co_await held->holder_of(token);
        if (!holder) co_return holder.error();
        const auto until = now_us() + std::chrono::microseconds(held->options.holder_for).count();
        const auto good_until = std::min(until, holder->expires_at_us);
        co_return held->remember(digest, generation, std::move(*holder), good_until);
    }
    auto keys = held->keys.current();
    const auto key_id = unverified_key_id(token);
    if (!key_id.empty() && !keys.keys.contains(key_id)) {
        if (!co_await held->keys.refresh_for_unknown_key()) co_return keys_away();
        keys = held->keys.current();
    }
    auto claims = held->check(keys, token);
    if (!claims) co_return claims.error();
    auto caller = to_principal(std::move(*claims));
    const auto good_until = caller.expires_at_us;
    co_return held->remember(digest, keys.generation, std::move(caller), good_until);
}

std::shared_ptr<const principal> authenticator::known(std::string_view token) const {
    if (token.empty() || token.size() > token_max_bytes) return nullptr;
    auto holder = state_->verified.find(sha256(token), state_->keys.generation(), now_us());
    return holder && !state_->is_revoked(*holder) ? holder : nullptr;
}

std::shared_ptr<const principal> authenticator::known_bearer(std::string_view authorization) const {
    return known(bearer_token(authorization));
}

}  // namespace esm::security
