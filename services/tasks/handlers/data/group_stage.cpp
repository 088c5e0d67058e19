// See group_stage.hpp.
#include "services/tasks/handlers/data/group_stage.hpp"

#include <algorithm>

namespace esm::tasks::data {

namespace {

// A row's place in the input: its part, then its number among the rows of that part which reach the grouping.
constexpr unsigned part_shift = 40;
// Less would hold too few groups for cutting them by hash to help.
constexpr std::size_t table_bytes_min = std::size_t{64} << 10U;

std::vector<std::size_t> distinct_among(const std::vector<aggregate>& aggregates) {
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < aggregates.size(); ++i) {
        if (aggregates[i].function == aggregation::count_distinct) found.push_back(i);
    }
    return found;
}

}  // namespace

// Of one thread. What is counted as distinct is kept apart: which aggregate, the group's keys, the cell.
struct group_stage::tables {
    tables(
        const group_layout& layout,
        const group_layout& distinct_layout,
        const stage_surroundings& around,
        std::size_t share
    )
        : groups(layout, around.space, share, around.control),
          distinct(distinct_layout, around.space, share, around.control) {}
    group_table groups;
    group_table distinct;
};

class group_stage::collector final : public stage {
public:
    collector(group_stage& of, tables& into, std::size_t index, std::vector<std::uint64_t>& entered)
        : stage(index, entered),
          of_(of),
          into_(into),
          keys_(of.what_.keys.size()),
          distinct_keys_(of.distinct_layout_.keys()) {}
    checked<void> finish() override {
        auto done = of_.finish();
        if (!done) return placed(done.error());
        return done;
    }

protected:
    checked<void> run(batch& rows) override {
        if (rows.part != part_) {
            part_ = rows.part;
            rows_in_part_ = 0;
        }
        find_groups(rows);
        const auto& what = of_.what_;
        for (std::size_t i = 0; i < what.aggregates.size(); ++i) {
            if (what.aggregates[i].function == aggregation::count_distinct) {
                add_distinct(rows, i);
                continue;
            }
            const auto* column = what.sources[i] ? rows.columns[*what.sources[i]].data() : nullptr;
            auto added = of_.layout_.add(i, column, rows.rows, groups_.data(), into_.groups.texts());
            if (!added) return added;
        }
        rows_in_part_ += rows.rows;
        if (auto room = into_.groups.make_room(); !room) return room;
        return into_.distinct.make_room();
    }

private:
    void find_groups(const batch& rows) {
        const auto& what = of_.what_;
        groups_.resize(rows.rows);
        for (std::size_t i = 0; i < rows.rows; ++i) {
            for (std::size_t k = 0; k < keys_.size(); ++k) keys_[k] = rows.columns[what.keys[k]][i];
            const auto hash = group_table::hash_of_keys(keys_.data(), keys_.size());
            const auto first = (part_ << part_shift) + rows_in_part_ + i;
            bool added = false;
            auto* group = groups_[i] = into_.groups.find_or_add(hash, keys_.data(), first, added);
            for (std::size_t f = 0; added && f < what.firsts.size(); ++f) {
                group_layout::cells(group)[keys_.size() + f] =
                    into_.groups.texts().store(rows.columns[what.firsts[f]][i]);
            }
        }
    }

    void add_distinct(const batch& rows, std::size_t aggregate) {
        const auto& column = rows.columns[*of_.what_.sources[aggregate]];
        distinct_keys_.front() = cell{static_cast<std::int64_t>(aggregate)};
        for (std::size_t i = 0; i < rows.rows; ++i) {
            if (column[i].is_null()) continue;
            const auto* keys = group_layout::cells(groups_[i]);
            std::copy(keys, keys + keys_.size(), distinct_keys_.begin() + 1);
            distinct_keys_.back() = column[i];
            bool added = false;
            const auto hash = group_table::hash_of_keys(distinct_keys_.data(), distinct_keys_.size());
            into_.distinct.find_or_add(hash, distinct_keys_.data(), 0, added);
        }
    }

    group_stage& of_;
    tables& into_;
    std::vector<cell> keys_;
    std::vector<cell> distinct_keys_;
    std::vector<group_table::entry*> groups_;  // of the batch's rows
    std::uint64_t part_{0};
    std::uint64_t rows_in_part_{0};
};

group_stage::group_stage(
    const bound_group& what,
    std::size_t next_slots,
    std::size_t collectors,
    const stage_surroundings& around,
    consumer& next
)
    : what_(what),
      around_(around),
      layout_(what.keys.size(), what.firsts.size(), what.aggregates),
      distinct_layout_(what.keys.size() + 2, 0, {}),
      distinct_(distinct_among(what.aggregates)),
      feeder_(next_slots, next),
      next_(next) {
    // Half is left for sorting groups by their first rows.
    const auto share =
        std::max(around.memory_bytes / 2 / collectors / (distinct_.empty() ? 1 : 2), table_bytes_min);
    for (std::size_t i = 0; i < collectors; ++i) {
        tables_.push_back(std::make_unique<tables>(layout_, distinct_layout_, around_, share));
    }
}
group_stage::~group_stage() = default;

std::unique_ptr<stage> group_stage::make_collector(
    std::size_t which, std::size_t index, std::vector<std::uint64_t>& entered
) {
    return std::make_unique<collector>(*this, *tables_[which], index, entered);
}

checked<void> group_stage::count_distinct(tables& all) {
    return all.distinct.drain([&](const group_layout::entry* seen) -> checked<void> {
        const auto* cells = group_layout::cells(seen);
        const auto hash = group_table::hash_of_keys(cells + 1, layout_.keys());
        bool added = false;
        // Where the group itself is in scratch, this adds to it when both come together.
        auto* group = all.groups.find_or_add(hash, cells + 1, ~std::uint64_t{0}, added);
        layout_.add_count(static_cast<std::size_t>(cells->whole()), group, 1);
        return all.groups.make_room();
    });
}

checked<void> group_stage::give(
    const group_layout::entry* group, std::vector<cell>& row, std::size_t first_column
) const {
    const auto* cells = group_layout::cells(group);
    const auto width = layout_.keys() + layout_.firsts();
    std::copy(cells, cells + width, row.begin() + static_cast<std::ptrdiff_t>(first_column));
    for (std::size_t i = 0; i < what_.aggregates.size(); ++i) {
        const auto value = layout_.value(i, group);
        if (!value) return value.error();
        row[first_column + width + i] = *value;
    }
    return {};
}

checked<void> group_stage::finish() {
    auto& all = *tables_.front();
    for (std::size_t i = 1; i < tables_.size(); ++i) {
        if (auto done = all.groups.absorb(tables_[i]->groups); !done) return done;
        if (auto done = all.distinct.absorb(tables_[i]->distinct); !done) return done;
    }
    if (auto done = count_distinct(all); !done) return done;
    const auto width = layout_.keys() + layout_.firsts() + what_.aggregates.size();
    checked<void> done;
    if (!all.groups.spilled()) {
        std::vector<cell> row(width);
        done = all.groups.drain_sorted([&](const group_layout::entry* group) -> checked<void> {
            if (auto given = give(group, row, 0); !given) return given;
            return feeder_.add(row);
        });
    } else {
        std::vector<cell> row(width + 1);
        row_sorter sorter(width + 1, {{0}}, around_.space, around_.memory_bytes / 2, around_.control);
        done = all.groups.drain([&](const group_layout::entry* group) -> checked<void> {
            row.front() = cell{static_cast<std::int64_t>(group->first)};
            if (auto given = give(group, row, 1); !given) return given;
            return sorter.add(row);
        });
        if (done) {
            done =
                sorter.finish([&](std::span<const cell> sorted) { return feeder_.add(sorted.subspan(1)); });
        }
    }
    if (done) done = feeder_.flush();
    return done ? next_.finish() : done;
}

}  // namespace esm::tasks::data
