// What has been revoked and could still be presented: sessions, API keys and clients by their ids, each until
// the last token issued for it has expired. Filled by whoever revokes and by those who follow `auth-events`;
// asked with every token. One instance a process; any thread.
#pragma once

#include <atomic>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "platform/base/clock.hpp"

namespace esm::security {

class revocations {
public:
    // `until`: when every token of it has expired.
    void revoke(std::string_view id, instant_us until);
    bool contains(std::string_view id) const;
    std::size_t size() const;

private:
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    void forget_expired();

    mutable std::shared_mutex mutex_;
    std::unordered_map<std::string, instant_us, text_hash, std::equal_to<>> until_;
    std::atomic<std::size_t> size_{0};  // most requests need no lock
    std::size_t clean_at_{1024};
};

}  // namespace esm::security
