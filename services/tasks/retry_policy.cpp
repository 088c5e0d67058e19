// See retry_policy.hpp.
#include "services/tasks/retry_policy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "platform/config/values.hpp"

namespace esm::tasks {

void retry_policy::override_types(const std::vector<std::string>& settings) {
    for (const auto& each : settings) {
        const auto equals = each.find('=');
        const auto colon = each.find(':', equals == std::string::npos ? 0 : equals);
        const auto refuse = [&each] {
            return config::invalid_configuration(fmt::format(
                "tasks.backoff_by_type: \"{}\" must be TYPE=FIRST:LONGEST, as report_generation=5s:10m", each
            ));
        };
        if (equals == std::string::npos || colon == std::string::npos) throw refuse();
        const auto first =
            config::read_duration(std::string_view(each).substr(equals + 1, colon - equals - 1));
        const auto longest = config::read_duration(std::string_view(each).substr(colon + 1));
        if (!first || !longest || first->count() < 1 || *longest < *first) throw refuse();
        by_type_[each.substr(0, equals)] = {*first, *longest};
    }
}

std::chrono::milliseconds retry_policy::wait_after(const task& failed, std::chrono::milliseconds at_least)
    const {
    thread_local std::mt19937_64 dice(std::random_device{}());
    const auto own = by_type_.find(failed.type);
    const auto& range = own == by_type_.end() ? common_ : own->second;
    const auto doublings = std::clamp<std::int64_t>(failed.attempt - failed.lost_attempts, 0, 30);
    const auto longest = std::min(range.longest.count(), range.first.count() << doublings);
    const std::chrono::milliseconds wait(std::uniform_int_distribution<std::int64_t>(0, longest)(dice));
    return std::max(wait, at_least);
}

}  // namespace esm::tasks
