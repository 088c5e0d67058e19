// See revocations.hpp.
#include "platform/security/revocations.hpp"

namespace esm::security {

void revocations::revoke(std::string_view id, instant_us until) {
    const std::unique_lock lock(mutex_);
    auto& known = until_[std::string(id)];
    known = std::max(known, until);
    if (until_.size() >= clean_at_) forget_expired();
    size_.store(until_.size(), std::memory_order_release);
}

bool revocations::contains(std::string_view id) const {
    if (size_.load(std::memory_order_acquire) == 0) return false;
    const std::shared_lock lock(mutex_);
    const auto found = until_.find(id);
    return found != until_.end() && found->second > now_us();
}

std::size_t revocations::size() const {
    return size_.load(std::memory_order_acquire);
}

// Costs as much as it has grown since the last time: constant a revocation.
void revocations::forget_expired() {
    const auto now = now_us();
    std::erase_if(until_, [now](const auto& each) { return each.second < now; });
    clean_at_ = std::max<std::size_t>(1024, until_.size() * 2);
}

}  // namespace esm::security
