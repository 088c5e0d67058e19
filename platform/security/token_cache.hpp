// Tokens that were verified, by their SHA-256, until they expire or the keys change. Private to
// platform/security.
#pragma once

#include <array>
#include <cstring>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "platform/base/context.hpp"
#include "platform/security/digest.hpp"

namespace esm::security {

// Shared, since gRPC's threads ask too, and copying is all that many answers would cost.
using known_holder = std::shared_ptr<const principal>;

// Used by one thread at a time.
class token_cache {
public:
    explicit token_cache(std::size_t entries_max) : half_max_(std::max<std::size_t>(1, entries_max / 2)) {}

    // nullptr unless the token was verified with the keys of `generation` and is still good at `now_us`.
    known_holder find(const sha256_digest& token, std::uint64_t generation, std::int64_t now_us) {
        if (generation != generation_) return nullptr;
        auto found = young_.find(token);
        if (found == young_.end()) {
            const auto older = old_.find(token);
            if (older == old_.end()) return nullptr;
            found = insert(token, std::move(older->second));
        }
        return found->second.good_until_us > now_us ? found->second.caller : nullptr;
    }

    void put(
        const sha256_digest& token,
        std::uint64_t generation,
        known_holder verified,
        std::int64_t good_until_us
    ) {
        if (generation < generation_) return;  // verified by keys that changed meanwhile
        if (generation > generation_) {
            young_.clear();
            old_.clear();
            generation_ = generation;
        }
        insert(token, {std::move(verified), good_until_us});
    }

    std::size_t size() const { return young_.size() + old_.size(); }

private:
    struct first_bytes {
        std::size_t operator()(const sha256_digest& digest) const {
            std::size_t hash = 0;
            std::memcpy(&hash, digest.data(), sizeof hash);
            return hash;
        }
    };
    struct entry {
        known_holder caller;
        std::int64_t good_until_us;
    };
    using entry_map = std::unordered_map<sha256_digest, entry, first_bytes>;

    // Two generations bound the memory without a list of uses: a full young half becomes the old one, and
    // what is not asked for again is dropped with it.
    entry_map::iterator insert(const sha256_digest& token, entry verified) {
        if (young_.size() >= half_max_) old_ = std::exchange(young_, {});
        return young_.insert_or_assign(token, std::move(verified)).first;
    }

    const std::size_t half_max_;
    std::uint64_t generation_{0};
    entry_map young_, old_;
};

// The same for all threads: the stripes keep them from waiting for each other.
class verified_tokens {
public:
    explicit verified_tokens(std::size_t entries_max) {
        for (auto& each : stripes_) each.cache.emplace(entries_max / stripes_.size());
    }

    known_holder find(const sha256_digest& token, std::uint64_t generation, std::int64_t now_us) {
        auto& of = stripe_of(token);
        const std::lock_guard lock(of.mutex);
        return of.cache->find(token, generation, now_us);
    }

    void put(
        const sha256_digest& token,
        std::uint64_t generation,
        known_holder verified,
        std::int64_t good_until_us
    ) {
        auto& of = stripe_of(token);
        const std::lock_guard lock(of.mutex);
        of.cache->put(token, generation, std::move(verified), good_until_us);
    }

private:
    struct alignas(64) stripe {
        std::mutex mutex;
        std::optional<token_cache> cache;
    };

    // By the last byte: the maps within go by the first ones.
    stripe& stripe_of(const sha256_digest& token) { return stripes_[token.back() % stripes_.size()]; }

    std::array<stripe, 32> stripes_;
};

}  // namespace esm::security
