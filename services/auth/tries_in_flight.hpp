// Tries this process is checking right now, by the keys they are counted under: who finds a limit used up by
// them waits for their outcome instead of being refused for what nobody has done wrong yet.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace esm::auth {

class tries_in_flight {
public:
    // Until the last copy of what is answered is gone.
    std::shared_ptr<void> enter(std::vector<std::string> keys) {
        {
            const std::lock_guard lock(counts_->mutex);
            for (const auto& key : keys) ++counts_->of[key];
        }
        return {nullptr, [counts = counts_, keys = std::move(keys)](void*) {
                    const std::lock_guard lock(counts->mutex);
                    for (const auto& key : keys) {
                        const auto found = counts->of.find(key);
                        if (--found->second == 0) counts->of.erase(found);
                    }
                }};
    }

    bool any(const std::vector<std::string>& keys) const {
        const std::lock_guard lock(counts_->mutex);
        for (const auto& key : keys) {
            if (counts_->of.contains(key)) return true;
        }
        return false;
    }

private:
    struct counts {
        std::mutex mutex;
        std::unordered_map<std::string, int> of;
    };
    const std::shared_ptr<counts> counts_{std::make_shared<counts>()};
};

}  // namespace esm::auth
