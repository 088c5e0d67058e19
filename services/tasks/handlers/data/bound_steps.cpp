// See bound_steps.hpp.
#include "services/tasks/handlers/data/bound_steps.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "services/tasks/handlers/data/prune_columns.hpp"

namespace esm::tasks::data {

namespace {

// Walks the steps and knows which columns there are, and where, after each.
class binder {
public:
    binder(const std::vector<std::string>& columns, const join_loader& load) : load_(load) {
        made_.segments.emplace_back();
        for (const auto& name : columns) see(name, new_slot());
    }

    checked<void> bind(std::size_t index, const step& what) {
        label_ = fmt::format("step {} ({})", index + 1, name_of(what));
        auto done = std::visit([this](const auto& each) { return add(each); }, what);
        if (done) return {};
        return wrong(fmt::format("{}: {}", label_, done.error().text));
    }

    bound_chain finish() && {
        made_.outputs = slots_;
        made_.names = names_;
        return std::move(made_);
    }

private:
    segment& now() { return made_.segments.back(); }
    std::size_t new_slot() { return now().slots++; }
    void see(const std::string& name, std::size_t slot) {
        names_.push_back(name);
        slots_.push_back(slot);
    }
    void do_step(bound_step made) {
        now().steps.push_back(std::move(made));
        now().labels.push_back(label_);
    }
    // The next segment's slots are what `end` gives, under these names.
    void end_segment(std::variant<bound_group, bound_sort> end, const std::vector<std::string>& names) {
        now().end = std::move(end);
        now().labels.push_back(label_);
        made_.segments.emplace_back();
        names_.clear();
        slots_.clear();
        for (const auto& name : names) see(name, new_slot());
    }
    checked<std::size_t> slot_of(const std::string& name) const {
        const auto column = require_column(names_, name);
        if (!column) return column.error();
        return slots_[*column];
    }
    checked<std::vector<std::size_t>> slots_of(const std::vector<std::string>& names) const {
        std::vector<std::size_t> slots;
        for (const auto& name : names) {
            const auto slot = slot_of(name);
            if (!slot) return slot.error();
            slots.push_back(*slot);
        }
        return slots;
    }

    checked<void> add(const filter_step& what) {
        auto slots = slots_of(what.rule ? std::vector{what.rule->column} : what.where->columns());
        if (!slots) return slots.error();
        do_step(bound_filter{&what, std::move(*slots)});
        return {};
    }

    // A column may use those made before it; one of the same name takes the other's place.
    checked<void> add(const map_step& what) {
        bound_map made;
        for (const auto& each : what.columns) {
            auto slots = slots_of(each.value.columns());
            if (!slots) return slots.error();
            const auto into = new_slot();
            made.columns.push_back({&each.value, std::move(*slots), into});
            const auto known = std::find(names_.begin(), names_.end(), each.name);
            if (known == names_.end()) {
                see(each.name, into);
            } else {
                slots_[static_cast<std::size_t>(known - names_.begin())] = into;
            }
        }
        do_step(std::move(made));
        return {};
    }

    checked<void> add(const join_step& what) {
        std::vector<std::string> lefts;
        for (const auto& key : what.on) lefts.push_back(key.left);
        auto keys = slots_of(lefts);
        if (!keys) return keys.error();
        auto with = load_(what);
        if (!with) return with.error();
        bound_join made{std::move(*with), std::move(*keys), {}, what.keeps_left};
        for (const auto& name : made.with->names()) {
            if (std::find(names_.begin(), names_.end(), name) != names_.end()) {
                return wrong(fmt::format(
                    "both sources have a column \"{}\": name the second's otherwise with columns or prefix",
                    name
                ));
            }
            made.into.push_back(new_slot());
            see(name, made.into.back());
        }
        do_step(std::move(made));
        return {};
    }

    checked<void> add(const limit_step& what) {
        // Rows that no one will see need not be sorted to their end.
        auto& segments = made_.segments;
        if (now().steps.empty() && segments.size() > 1) {
            auto* sort = std::get_if<bound_sort>(&*segments[segments.size() - 2].end);
            if (sort) sort->rows_wanted = std::min(sort->rows_wanted, what.count);
        }
        do_step(bound_limit{what.count});
        return {};
    }

    checked<void> add(const select_step& what) {
        std::vector<std::string> names;
        std::vector<std::size_t> slots;
        for (const auto& [column, name] : what.columns) {
            const auto slot = slot_of(column);
            if (!slot) return slot.error();
            names.push_back(name);
            slots.push_back(*slot);
        }
        names_ = std::move(names);
        slots_ = std::move(slots);
        return {};
    }

    checked<void> add(const rename_step& what) {
        auto names = names_;
        for (const auto& [column, name] : what.columns) {
            const auto found = require_column(names_, column);
            if (!found) return found.error();
            names[*found] = name;
        }
        std::set<std::string_view> seen;
        for (const auto& name : names) {
            if (!seen.insert(name).second)
                return wrong(fmt::format("two columns would be called \"{}\"", name));
        }
        names_ = std::move(names);
        return {};
    }

    checked<void> add(const group_step& what) {
        bound_group made;
        auto keys = slots_of(what.by);
        if (!keys) return keys.error();
        made.keys = std::move(*keys);
        made.aggregates = what.aggregates;
        auto names = what.by;
        for (const auto& each : what.aggregates) {
            names.push_back(each.name);
            if (each.column.empty()) {
                made.sources.emplace_back();
                continue;
            }
            const auto slot = slot_of(each.column);
            if (!slot) return slot.error();
            made.sources.emplace_back(*slot);
        }
        end_segment(std::move(made), names);
        return {};
    }

    // A grouping that keeps each group's first row.
    checked<void> add(const distinct_step& what) {
        bound_group made;
        auto keys = what.columns.empty() ? checked<std::vector<std::size_t>>(slots_) : slots_of(what.columns);
        if (!keys) return keys.error();
        made.keys = std::move(*keys);
        const auto names = names_;
        const auto slots = slots_;
        std::vector<std::size_t> places;  // of the columns among keys and firsts
        for (const auto slot : slots) {
            const auto key = std::find(made.keys.begin(), made.keys.end(), slot);
            if (key != made.keys.end()) {
                places.push_back(static_cast<std::size_t>(key - made.keys.begin()));
            } else {
                places.push_back(made.keys.size() + made.firsts.size());
                made.firsts.push_back(slot);
            }
        }
        const auto width = made.keys.size() + made.firsts.size();
        end_segment(std::move(made), std::vector<std::string>(width));
        names_ = names;
        slots_ = places;
        return {};
    }

    checked<void> add(const sort_step& what) {
        bound_sort made;
        made.columns = slots_;
        for (const auto& [name, descending] : what.by) {
            const auto column = require_column(names_, name);
            if (!column) return column.error();
            made.by.push_back({*column, descending});
        }
        const auto names = names_;
        end_segment(std::move(made), names);
        return {};
    }

    const join_loader& load_;
    bound_chain made_;
    std::vector<std::string> names_;  // of the columns that the next step sees
    std::vector<std::size_t> slots_;  // theirs
    std::string label_;
};

}  // namespace

checked<std::size_t> require_column(const std::vector<std::string>& columns, std::string_view name) {
    const auto found = std::find(columns.begin(), columns.end(), name);
    if (found != columns.end()) return static_cast<std::size_t>(found - columns.begin());
    if (columns.empty()) return wrong(fmt::format("there is no column \"{}\": the rows are empty", name));
    constexpr std::size_t named_max = 10;
    std::string known;
    for (std::size_t i = 0; i < std::min(columns.size(), named_max); ++i) {
        known += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", columns[i]);
    }
    if (columns.size() > named_max) known += ", …";
    return wrong(fmt::format("there is no column \"{}\"; the columns are {}", name, known));
}

checked<bound_chain> bind_steps(
    const std::vector<step>& steps, const std::vector<std::string>& columns, const join_loader& load
) {
    binder binding(columns, load);
    for (std::size_t i = 0; i < steps.size(); ++i) {
        if (auto bound = binding.bind(i, steps[i]); !bound) return bound.error();
    }
    auto chain = std::move(binding).finish();
    prune_columns(chain, columns.size());
    return chain;
}

}  // namespace esm::tasks::data
