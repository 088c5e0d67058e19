// See part_ledger.hpp.
#include "services/tasks/handlers/data/part_ledger.hpp"

#include <fmt/format.h>

namespace esm::tasks::data {

void part_ledger::sum(part_counts& into, const part_counts& more) {
    into.lines += more.lines;
    into.rows += more.rows;
    for (std::size_t i = 0; i < more.entered.size(); ++i) into.entered[i] += more.entered[i];
}

void part_ledger::add(std::uint64_t part, const part_counts& counts) {
    const std::lock_guard lock(mutex_);
    early_.emplace(part, counts);
    for (auto first = early_.begin(); first != early_.end() && first->first == next_; ++next_) {
        sum(total_, first->second);
        first = early_.erase(first);
    }
}

std::uint64_t part_ledger::rows() const {
    const std::lock_guard lock(mutex_);
    return total_.rows;
}

problem part_ledger::located(problem found, std::uint64_t part) const {
    const std::lock_guard lock(mutex_);
    auto before = total_;
    for (const auto& [each, counts] : early_) {
        if (each < part) sum(before, counts);
    }
    switch (found.where) {
        case problem::place::none:
            return found;
        case problem::place::line: {
            auto text = fmt::format("{} line {}: ", source_, before.lines + found.at);
            if (found.source_row > 0) text += fmt::format("row {} ", before.rows + found.source_row);
            return wrong(text + found.text);
        }
        case problem::place::step:
            return wrong(fmt::format("{}: {}", steps_[found.step], found.text));
        case problem::place::row:
            return wrong(fmt::format(
                "{}: row {}{}", steps_[found.step], before.entered[found.step] + found.at, found.text
            ));
    }
    return found;
}

}  // namespace esm::tasks::data
