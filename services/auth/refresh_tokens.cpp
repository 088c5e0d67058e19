// See refresh_tokens.hpp.
#include "services/auth/refresh_tokens.hpp"

#include "platform/observe/log.hpp"

namespace esm::auth {

namespace {
constexpr std::string_view seal_purpose = "refresh-successor";
}

// What a batch writes.
struct refresh_tokens::changes {
    instant_us now{now_us()};
    std::vector<session_store::new_token> added;
    std::vector<session_store::used_token> used;
};

refresh_tokens::refresh_tokens(
    async::runtime& runtime,
    db::database& database,
    const token_issuer& issuer,
    const end_sessions& ending,
    const security::master_key& master,
    const config& settings
)
    : issuer_(issuer),
      ending_(ending),
      master_(master),
      settings_(settings),
      batches_(
          runtime,
          database,
          [this](db::transaction& tx, std::vector<use>& uses) { return exchange(tx, uses); },
          {}
      ) {}

awaitable<result<issued_tokens>> refresh_tokens::run(
    const context& ctx, const std::string& token, std::string_view client_id
) {
    use given{security::sha256_hex(token), std::string(client_id), ctx.trace};
    auto done = co_await batches_.submit(std::move(given), ctx.until);
    if (!done) co_return done.error();
    if (!done->of) co_return fail(errc::invalid_token, "the refresh token is not valid; log in again");
    // After the commit, on the caller's own time: a session that is ended now ends this token too.
    auto access = issuer_.access_token(*done->of, now_us());
    if (!access) co_return access.error();
    co_return issued_tokens{std::move(*access), std::move(done->successor), issuer_.access_lifetime_s()};
}

awaitable<std::vector<refresh_tokens::outcome>> refresh_tokens::exchange(
    db::transaction& tx, std::vector<use>& uses
) {
    db::text_list hashes;
    for (const auto& each : uses) hashes.push_back(each.token_hash);
    auto stored = co_await session_store::lock_tokens(tx, std::move(hashes));
    std::unordered_map<std::string_view, session_store::stored_token*> by_hash;
    for (auto& each : stored) by_hash.emplace(each.token_hash, &each);

    changes made;
    std::vector<outcome> outcomes;
    outcomes.reserve(uses.size());
    for (const auto& each : uses) {
        const auto found = by_hash.find(each.token_hash);
        outcomes.push_back(exchange_one(tx, each, found == by_hash.end() ? nullptr : found->second, made));
    }
    if (!made.added.empty()) {
        session_store::mark_used(tx, made.used);
        session_store::insert_tokens(tx, made.added);
    }
    co_return outcomes;
}

refresh_tokens::outcome refresh_tokens::exchange_one(
    db::transaction& tx, const use& given, session_store::stored_token* stored, changes& into
) {
    const auto now = into.now;
    if (stored == nullptr || stored->of.revoked_at || stored->of.expires_at <= now) return {};
    if (stored->of.client_id != given.client_id) return {};
    if (stored->used_at && *stored->used_at + settings_.refresh_reuse_grace * 1000 < now) {
        stored->of.revoked_at = now;
        ending_.end_stolen(tx, stored->of, given.trace);
        return {};
    }
    if (stored->expires_at <= now) return {};
    if (stored->used_at) {
        const auto successor = master_.open(stored->successor_sealed, seal_purpose);
        if (!successor) throw std::runtime_error("a refresh token's successor does not open");
        return {stored->of, *successor};
    }
    const auto successor = make_refresh_token();
    const auto idle_end = std::min(now + settings_.refresh_token_idle * 1000, stored->of.expires_at);
    // Sealed, not hashed: within the grace the same successor has to be given again.
    stored->used_at = now;
    stored->successor_sealed = master_.seal(successor, seal_purpose);
    into.used.push_back({stored->token_hash, stored->of.session_id, stored->successor_sealed, now});
    into.added.push_back({successor, stored->of.session_id, now, idle_end});
    return {stored->of, successor};
}

}  // namespace esm::auth
