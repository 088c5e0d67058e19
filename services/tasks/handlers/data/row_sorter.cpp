// See row_sorter.hpp.
#include "services/tasks/handlers/data/row_sorter.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace esm::tasks::data {

namespace {

constexpr std::size_t steps_between_looks = 4096;
constexpr std::size_t runs_at_once_max = 64;
constexpr std::size_t bytes_a_run = std::size_t{128} << 10U;  // what reading one takes

// Thrown out of a comparison, since a sort cannot be left in another way.
struct sort_stopped {};

// One run as it is merged: its next row.
class run_reader {
public:
    run_reader(const spill_file& from, std::size_t columns) : from_(from), row_(columns) {}

    bool next() {
        std::uint64_t text_bytes = 0;
        if (!from_.read(&text_bytes, sizeof text_bytes)) return false;
        texts_.resize(text_bytes);
        if (!from_.read(row_.data(), row_.size() * sizeof(cell))) return false;
        if (!from_.read(texts_.data(), texts_.size())) return false;
        const char* at = texts_.data();
        for (auto& each : row_) {
            if (!each.is_text()) continue;
            each = each.moved_to(at);
            at += each.text().size();
        }
        return true;
    }
    const std::vector<cell>& row() const { return row_; }

private:
    spill_reader from_;
    std::vector<cell> row_;
    std::vector<char> texts_;
};

}  // namespace

row_sorter::row_sorter(
    std::size_t columns,
    std::vector<sort_place> by,
    scratch_space& space,
    std::size_t memory_bytes,
    const run_control& control,
    std::uint64_t rows_wanted
)
    : columns_(columns),
      by_(std::move(by)),
      space_(space),
      memory_bytes_(memory_bytes),
      control_(control),
      rows_wanted_(rows_wanted) {}

std::strong_ordering row_sorter::order(const cell* left, const cell* right) const {
    for (const auto& [column, descending] : by_) {
        const auto found = compare(left[column], right[column]);
        if (found != 0) return descending ? 0 <=> found : found;
    }
    return std::strong_ordering::equal;
}

void row_sorter::store(std::span<const cell> row) {
    auto* place = reinterpret_cast<cell*>(cells_.allocate(columns_ * sizeof(cell)));
    for (std::size_t i = 0; i < columns_; ++i) new (place + i) cell(cells_.store(row[i]));
    rows_.push_back({place, rows_.size()});
}

checked<void> row_sorter::add(std::span<const cell> row) {
    store(row);
    return memory_used() < memory_bytes_ ? checked<void>() : make_room();
}

checked<void> row_sorter::sort_rows() {
    std::size_t comparisons = 0;
    try {
        std::sort(rows_.begin(), rows_.end(), [&](const sorted_row& left, const sorted_row& right) {
            if (++comparisons % steps_between_looks == 0 && control_.should_stop()) throw sort_stopped{};
            const auto found = order(left.cells, right.cells);
            return found == 0 ? left.order < right.order : found < 0;
        });
    } catch (const sort_stopped&) {
        return given_way();
    }
    if (rows_.size() > rows_wanted_) rows_.resize(rows_wanted_);
    return {};
}

// What the rows take, counted until it is enough.
std::uint64_t row_sorter::bytes_of(std::span<const sorted_row> rows, std::uint64_t enough) const {
    std::uint64_t bytes = 0;
    for (const auto& row : rows) {
        bytes += columns_ * sizeof(cell) + sizeof(row) * 2;
        for (std::size_t i = 0; i < columns_; ++i) {
            bytes += row.cells[i].is_text() ? row.cells[i].text().size() + 16 : 0;
        }
        if (bytes > enough) break;
    }
    return bytes;
}

// Where few rows are wanted they stay in memory, without those that came behind them; otherwise a run is
// written.
checked<void> row_sorter::make_room() {
    if (auto sorted = sort_rows(); !sorted) return sorted;
    const auto few = memory_bytes_ / 4;
    std::vector<sorted_row> rows;
    rows.swap(rows_);
    if (bytes_of(rows, few) > few) {
        if (auto done = write_run(rows); !done) return done;
        cells_.clear();
        return {};
    }
    arena all;
    std::swap(all, cells_);
    for (const auto& row : rows) store({row.cells, columns_});
    return {};
}

checked<void> row_sorter::write_run(std::span<const sorted_row> rows) {
    auto written = std::make_unique<spill_file>(space_);
    std::size_t steps = 0;
    for (const auto& row : rows) {
        if (++steps % steps_between_looks == 0 && control_.should_stop()) return given_way();
        if (auto done = append(*written, row.cells); !done) return done;
    }
    if (auto done = written->close(); !done) return done;
    runs_.push_back(std::move(written));
    return {};
}

checked<void> row_sorter::append(spill_file& to, const cell* row) const {
    std::uint64_t text_bytes = 0;
    for (std::size_t i = 0; i < columns_; ++i) text_bytes += row[i].is_text() ? row[i].text().size() : 0;
    if (auto done = to.append(&text_bytes, sizeof text_bytes); !done) return done;
    if (auto done = to.append(row, columns_ * sizeof(cell)); !done) return done;
    for (std::size_t i = 0; i < columns_; ++i) {
        if (!row[i].is_text()) continue;
        if (auto done = to.append(row[i].text().data(), row[i].text().size()); !done) return done;
    }
    return {};
}

// Equal rows come out in the order of the runs.
checked<void> row_sorter::merge(std::span<run> runs, const row_function& take) {
    std::vector<std::unique_ptr<run_reader>> readers;
    std::vector<std::size_t> heap;
    const auto after = [&](std::size_t left, std::size_t right) {
        const auto found = order(readers[left]->row().data(), readers[right]->row().data());
        return found == 0 ? right < left : found > 0;
    };
    for (std::size_t i = 0; i < runs.size(); ++i) {
        readers.push_back(std::make_unique<run_reader>(*runs[i], columns_));
        if (readers.back()->next()) heap.push_back(i);
    }
    std::make_heap(heap.begin(), heap.end(), after);
    for (std::uint64_t given = 0; !heap.empty() && given < rows_wanted_; ++given) {
        if (given % steps_between_looks == 0 && control_.should_stop()) return given_way();
        std::pop_heap(heap.begin(), heap.end(), after);
        auto& least = *readers[heap.back()];
        if (auto done = take(least.row()); !done) return done;
        if (least.next()) {
            std::push_heap(heap.begin(), heap.end(), after);
        } else {
            heap.pop_back();
        }
    }
    return {};
}

// Merges neighbours until so few runs are left.
checked<void> row_sorter::merge_down(std::size_t runs_max) {
    while (runs_.size() > runs_max) {
        std::vector<run> fewer;
        for (std::size_t i = 0; i < runs_.size(); i += runs_max) {
            const auto count = std::min(runs_max, runs_.size() - i);
            auto merged = std::make_unique<spill_file>(space_);
            const std::span<run> some(runs_.data() + i, count);
            auto done = merge(some, [&](std::span<const cell> row) { return append(*merged, row.data()); });
            if (!done) return done;
            if (auto closed = merged->close(); !closed) return closed;
            for (auto& each : some) each.reset();
            fewer.push_back(std::move(merged));
        }
        runs_ = std::move(fewer);
    }
    return {};
}

checked<void> row_sorter::finish(const row_function& take) {
    if (auto sorted = sort_rows(); !sorted) return sorted;
    if (runs_.empty()) {
        std::size_t steps = 0;
        for (const auto& row : rows_) {
            if (++steps % steps_between_looks == 0 && control_.should_stop()) return given_way();
            if (auto done = take({row.cells, columns_}); !done) return done;
        }
        return {};
    }
    if (auto done = write_run(rows_); !done) return done;
    std::vector<sorted_row>().swap(rows_);
    cells_.clear();
    const auto at_once = std::clamp<std::size_t>(memory_bytes_ / 2 / bytes_a_run, 2, runs_at_once_max);
    if (auto done = merge_down(at_once); !done) return done;
    return merge(runs_, take);
}

}  // namespace esm::tasks::data
