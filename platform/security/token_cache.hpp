// Tokens one shard has verified, by their SHA-256, until they expire or the keys change. Used by one thread;
// private to platform/security.
#pragma once

#include <cstring>
#include <unordered_map>

#include "platform/base/context.hpp"
#include "platform/security/digest.hpp"

namespace esm::security {

class token_cache {
public:
    explicit token_cache(std::size_t entries_max) : half_max_(std::max<std::size_t>(1, entries_max / 2)) {}

    // nullptr unless the token was verified with the keys of `generation` and is still good at `now_us`.
    // Valid until the next call.
    const principal* find(const sha256_digest& token, std::uint64_t generation, std::int64_t now_us) {
        if (generation != generation_) return nullptr;
        auto found = young_.find(token);
        if (found == young_.end()) {
            const auto older = old_.find(token);
            if (older == old_.end()) return nullptr;
            found = insert(token, std::move(older->second));
        }
        return found->second.good_until_us > now_us ? &found->second.caller : nullptr;
    }

    void put(
        const sha256_digest& token, std::uint64_t generation, principal verified, std::int64_t good_until_us
    ) {
        if (generation != generation_) {
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
        principal caller;
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

}  // namespace esm::security
