// See stages.hpp; group_stage.hpp holds the grouping.
#include "services/tasks/handlers/data/stages.hpp"

#include <fmt/format.h>

namespace esm::tasks::data {

namespace {

// Texts made for a batch: it goes on sooner where they are many.
constexpr std::size_t made_texts_max_bytes = std::size_t{4} << 20U;

void copy_row(batch& rows, std::size_t from, std::size_t to) {
    for (auto& column : rows.columns) column[to] = column[from];
}

class filter_stage final : public stage {
public:
    filter_stage(
        const bound_filter& what,
        std::size_t index,
        std::vector<std::uint64_t>& entered,
        const limits& bounds,
        consumer& next
    )
        : stage(index, entered), what_(what), cell_bytes_(bounds.cell_bytes), next_(next) {}
    checked<void> finish() override { return next_.finish(); }

protected:
    checked<void> run(batch& rows) override {
        evaluation here(rows, texts_, cell_bytes_);
        std::size_t kept = 0;
        for (std::size_t i = 0; i < rows.rows; ++i) {
            const bool keeps = what_.what->rule
                                   ? fits(*what_.what->rule, rows.columns[what_.slots.front()][i])
                                   : holds(here, i);
            if (!here.failure.empty()) return wrong_row(i + 1, ": " + here.failure);
            if (!keeps) continue;
            if (kept != i) copy_row(rows, i, kept);
            ++kept;
        }
        rows.rows = kept;
        return kept > 0 ? next_.take(rows) : checked<void>();
    }

private:
    bool holds(evaluation& here, std::size_t row) {
        here.row = row;
        const auto value = what_.what->where->evaluate(here, what_.slots);
        if (!value.is_boolean() && !value.is_null()) {
            here.fail(fmt::format("a condition must be true or false, not {}", describe(value)));
        }
        const bool keeps = value.is_boolean() && value.boolean();
        texts_.clear();
        return keeps;
    }

    const bound_filter what_;
    const std::size_t cell_bytes_;
    arena texts_;
    consumer& next_;
};

class map_stage final : public stage {
public:
    map_stage(
        const bound_map& what,
        std::size_t index,
        std::vector<std::uint64_t>& entered,
        const limits& bounds,
        consumer& next
    )
        : stage(index, entered), what_(what), cell_bytes_(bounds.cell_bytes), next_(next) {}
    checked<void> finish() override { return next_.finish(); }

protected:
    checked<void> run(batch& rows) override {
        texts_.clear();
        evaluation here(rows, texts_, cell_bytes_);
        auto left = rows.rows;
        std::size_t handed_on = 0;
        for (std::size_t i = 0; i < left; ++i) {
            here.row = i;
            for (const auto& each : what_.columns) {
                rows.columns[each.into][i] = each.value->evaluate(here, each.slots);
                if (!here.failure.empty()) return wrong_row(handed_on + i + 1, ": " + here.failure);
            }
            if (texts_.bytes() < made_texts_max_bytes || i + 1 == left) continue;
            // The next may change the rows it is given, never those behind them.
            rows.rows = i + 1;
            if (auto done = next_.take(rows); !done) return done;
            for (auto row = i + 1; row < left; ++row) copy_row(rows, row, row - i - 1);
            handed_on += i + 1;
            left -= i + 1;
            i = ~std::size_t{0};
            texts_.clear();
        }
        rows.rows = left;
        return next_.take(rows);
    }

private:
    const bound_map what_;
    const std::size_t cell_bytes_;
    arena texts_;
    consumer& next_;
};

class join_stage final : public stage {
public:
    join_stage(
        const bound_join& what,
        std::size_t slots,
        std::size_t index,
        std::vector<std::uint64_t>& entered,
        const run_control& control,
        consumer& next
    )
        : stage(index, entered),
          what_(what),
          control_(control),
          made_(slots),
          keys_(what.keys.size()),
          next_(next) {}
    checked<void> finish() override { return next_.finish(); }

protected:
    checked<void> run(batch& rows) override {
        made_.part = rows.part;
        for (std::size_t i = 0; i < rows.rows; ++i) {
            for (std::size_t k = 0; k < keys_.size(); ++k) keys_[k] = rows.columns[what_.keys[k]][i];
            const auto* match = what_.with->find(keys_);
            if (!match && what_.keeps_left) {
                if (auto done = add(rows, i, nullptr); !done) return done;
            }
            for (; match; match = match->next) {
                if (auto done = add(rows, i, match); !done) return done;
            }
        }
        return flush();
    }

private:
    checked<void> add(const batch& rows, std::size_t row, const join_table::row* match) {
        const auto at = made_.rows;
        for (std::size_t slot = 0; slot < rows.columns.size(); ++slot) {
            made_.columns[slot][at] = rows.columns[slot][row];
        }
        for (std::size_t i = 0; i < what_.into.size(); ++i) {
            made_.columns[what_.into[i]][at] = match ? what_.with->added(match)[i] : cell{};
        }
        return ++made_.rows == made_.rows_max ? flush() : checked<void>();
    }
    checked<void> flush() {
        if (made_.rows == 0) return {};
        if (control_.should_stop()) return given_way();
        auto done = next_.take(made_);
        made_.rows = 0;
        return done;
    }

    const bound_join what_;
    const run_control& control_;
    batch made_;
    std::vector<cell> keys_;
    consumer& next_;
};

class limit_stage final : public stage {
public:
    limit_stage(
        const bound_limit& what, std::size_t index, std::vector<std::uint64_t>& entered, consumer& next
    )
        : stage(index, entered), left_(what.count), next_(next) {}
    checked<void> finish() override { return next_.finish(); }

protected:
    checked<void> run(batch& rows) override {
        rows.rows = static_cast<std::size_t>(std::min<std::uint64_t>(rows.rows, left_));
        left_ -= rows.rows;
        return rows.rows > 0 ? next_.take(rows) : checked<void>();
    }

private:
    std::uint64_t left_;
    consumer& next_;
};

class sort_stage final : public stage {
public:
    sort_stage(
        const bound_sort& what,
        std::size_t next_slots,
        std::size_t index,
        std::vector<std::uint64_t>& entered,
        const stage_surroundings& around,
        consumer& next
    )
        : stage(index, entered),
          columns_(what.columns),
          row_(what.columns.size()),
          sorter_(
              what.columns.size(),
              what.by,
              around.space,
              around.memory_bytes,
              around.control,
              what.rows_wanted
          ),
          feeder_(next_slots, next),
          next_(next) {}

    checked<void> finish() override {
        auto done = sorter_.finish([this](std::span<const cell> row) { return feeder_.add(row); });
        if (done) done = feeder_.flush();
        return done ? next_.finish() : done;
    }

protected:
    checked<void> run(batch& rows) override {
        for (std::size_t i = 0; i < rows.rows; ++i) {
            for (std::size_t j = 0; j < columns_.size(); ++j) row_[j] = rows.columns[columns_[j]][i];
            if (auto added = sorter_.add(row_); !added) return added;
        }
        return {};
    }

private:
    const std::vector<std::size_t> columns_;
    std::vector<cell> row_;
    row_sorter sorter_;
    batch_feeder feeder_;
    consumer& next_;
};

}  // namespace

checked<void> batch_feeder::add(std::span<const cell> row) {
    for (std::size_t i = 0; i < row.size(); ++i) made_.columns[i][made_.rows] = made_.texts.store(row[i]);
    ++made_.rows;
    return made_.rows == made_.rows_max || made_.texts.bytes() > made_texts_max_bytes ? flush()
                                                                                      : checked<void>();
}

checked<void> batch_feeder::flush() {
    if (made_.rows == 0) return {};
    auto done = next_.take(made_);
    made_.clear();
    return done;
}

std::unique_ptr<stage> make_stage(
    const bound_step& what,
    std::size_t slots,
    std::size_t index,
    std::vector<std::uint64_t>& entered,
    const stage_surroundings& around,
    consumer& next
) {
    if (const auto* filter = std::get_if<bound_filter>(&what)) {
        return std::make_unique<filter_stage>(*filter, index, entered, around.bounds, next);
    }
    if (const auto* map = std::get_if<bound_map>(&what)) {
        return std::make_unique<map_stage>(*map, index, entered, around.bounds, next);
    }
    if (const auto* join = std::get_if<bound_join>(&what)) {
        return std::make_unique<join_stage>(*join, slots, index, entered, around.control, next);
    }
    return std::make_unique<limit_stage>(std::get<bound_limit>(what), index, entered, next);
}

std::unique_ptr<stage> make_sort_stage(
    const bound_sort& what,
    std::size_t next_slots,
    std::size_t index,
    std::vector<std::uint64_t>& entered,
    const stage_surroundings& around,
    consumer& next
) {
    return std::make_unique<sort_stage>(what, next_slots, index, entered, around, next);
}

}  // namespace esm::tasks::data
