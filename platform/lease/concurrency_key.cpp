// See concurrency_key.hpp.
#include "platform/lease/concurrency_key.hpp"

#include <algorithm>

#include "platform/lease/sql.hpp"

namespace esm::lease {

namespace {

// FNV-1a (Fowler, Noll, Vo): the same number for the same key in every process. Two keys with one number
// merely wait for each other.
std::int64_t lock_of(const std::string& key) {
    std::uint64_t hash = 14695981039346656037U;
    for (const char each : key) hash = (hash ^ static_cast<unsigned char>(each)) * 1099511628211U;
    return static_cast<std::int64_t>(hash);
}

}  // namespace

void grant_places(db::transaction& tx, db::text_list keys) {
    // In one order everywhere, so that nobody waits for each other.
    const auto by_lock = [](const std::string& one, const std::string& other) {
        return std::pair(lock_of(one), std::string_view(one)) <
               std::pair(lock_of(other), std::string_view(other));
    };
    std::sort(keys.begin(), keys.end(), by_lock);
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    for (const auto& each : keys) tx.exec(sql::lock_key, lock_of(each));
    for (auto& each : keys) tx.exec(sql::grant, std::move(each));
}

}  // namespace esm::lease
