// See chain_run.hpp.
#include "services/tasks/handlers/data/chain_run.hpp"

#include <algorithm>
#include <exception>
#include <mutex>
#include <thread>

#include "services/tasks/handlers/data/group_stage.hpp"
#include "services/tasks/handlers/data/table_source.hpp"

namespace esm::tasks::data {

namespace {

// The steps of one segment for one thread, from the first to what ends it.
class segment_line final : public consumer {
public:
    segment_line(const segment& of, const stage_surroundings& around)
        : of_(of), around_(around), entered_(of.labels.size()), ledger_({}, of.labels) {}

    // The last stage; then `build` puts the others before it. `last` outlives this where it is not a stage.
    void end_with(std::unique_ptr<stage> last) {
        stages_.push_back(std::move(last));
        first_ = stages_.back().get();
    }
    void end_with(consumer& last) { first_ = &last; }
    void build() {
        for (auto i = of_.steps.size(); i-- > 0;) {
            stages_.push_back(make_stage(of_.steps[i], of_.slots, i, entered_, around_, *first_));
            first_ = stages_.back().get();
        }
    }
    std::vector<std::uint64_t>& entered() { return entered_; }
    std::size_t end_index() const { return of_.steps.size(); }

    checked<void> take(batch& rows) override { return located(first_->take(rows)); }
    checked<void> finish() override { return located(first_->finish()); }
    // Without a place in the whole input, which the caller knows.
    checked<void> take_part(batch& rows) { return first_->take(rows); }

private:
    checked<void> located(checked<void> done) const {
        if (done) return done;
        return ledger_.located(done.error(), 0);
    }

    const segment& of_;
    const stage_surroundings& around_;
    std::vector<std::uint64_t> entered_;
    const part_ledger ledger_;
    std::vector<std::unique_ptr<stage>> stages_;
    consumer* first_{nullptr};
};

// The whole chain; the first segment has a line for each thread that reads.
class chain {
public:
    chain(const bound_chain& bound, const stage_surroundings& around, row_sink& sink, std::size_t threads) {
        consumer* next = &sink;
        for (auto i = bound.segments.size(); i-- > 0;) {
            const auto& each = bound.segments[i];
            const bool is_last = i + 1 == bound.segments.size();
            const auto next_slots = is_last ? 0 : bound.segments[i + 1].slots;
            add(each, next_slots, i == 0 ? threads : 1, around, *next);
            next = lines_.back().get();
        }
    }
    // Of the first segment.
    segment_line& line(std::size_t which, std::size_t threads) {
        return *lines_[lines_.size() - threads + which];
    }

private:
    void add(
        const segment& each,
        std::size_t next_slots,
        std::size_t threads,
        const stage_surroundings& around,
        consumer& next
    ) {
        const auto* group = each.end ? std::get_if<bound_group>(&*each.end) : nullptr;
        if (group)
            groups_.push_back(std::make_unique<group_stage>(*group, next_slots, threads, around, next));
        for (std::size_t i = 0; i < threads; ++i) {
            auto line = std::make_unique<segment_line>(each, around);
            if (group) {
                line->end_with(groups_.back()->make_collector(i, line->end_index(), line->entered()));
            } else if (each.end) {
                const auto& sort = std::get<bound_sort>(*each.end);
                line->end_with(
                    make_sort_stage(sort, next_slots, line->end_index(), line->entered(), around, next)
                );
            } else {
                line->end_with(next);
            }
            line->build();
            lines_.push_back(std::move(line));
        }
    }

    std::vector<std::unique_ptr<group_stage>> groups_;
    std::vector<std::unique_ptr<segment_line>> lines_;  // from the last segment to the first
};

// Several threads read parts of the input; the problem of the earliest part counts, as if one had read all.
class parallel_read {
public:
    parallel_read(part_ledger& ledger, const run_control& control) : ledger_(ledger), control_(control) {}

    void run(batch_reader& reader, segment_line& line, std::size_t slots) noexcept {
        try {
            batch rows(slots);
            auto done = read(reader, line, rows);
            if (!done) note(rows.part, done.error());
        } catch (...) {
            const std::lock_guard lock(mutex_);
            if (!broken_) broken_ = std::current_exception();
            failed_ = true;
        }
    }

    checked<void> result() const {
        if (broken_) std::rethrow_exception(broken_);
        if (!problem_) return {};
        return ledger_.located(*problem_, part_);
    }

private:
    checked<void> read(batch_reader& reader, segment_line& line, batch& rows) {
        for (bool within_part = false;;) {
            if (failed_ && !must_go_on(within_part, rows.part)) return {};
            if (control_.should_stop()) return given_way();
            const auto got = reader.next(rows);
            if (!got) return got.error();
            if (*got == batch_reader::fetched::end) return {};
            within_part = *got == batch_reader::fetched::rows;
            if (within_part) {
                if (auto done = line.take_part(rows); !done) return done;
                continue;
            }
            auto counts = reader.counts();
            counts.entered = line.entered();
            ledger_.add(rows.part, counts);
            std::fill(line.entered().begin(), line.entered().end(), 0);
        }
    }

    // Another thread met a problem in a later part than this one: it is not known yet to be the first.
    bool must_go_on(bool within_part, std::uint64_t part) {
        const std::lock_guard lock(mutex_);
        return !broken_ && within_part && part < part_;
    }

    void note(std::uint64_t part, problem found) {
        const std::lock_guard lock(mutex_);
        if (!problem_ || part < part_) {
            problem_ = std::move(found);
            part_ = part;
        }
        failed_ = true;
    }

    part_ledger& ledger_;
    const run_control& control_;
    mutable std::mutex mutex_;
    std::optional<problem> problem_;
    std::uint64_t part_{0};
    std::exception_ptr broken_;
    std::atomic<bool> failed_{false};
};

class taken_helpers {
public:
    taken_helpers(helper_threads& from, std::size_t wanted) : from_(from), count_(from.take(wanted)) {}
    ~taken_helpers() { from_.give_back(count_); }
    taken_helpers(const taken_helpers&) = delete;
    taken_helpers& operator=(const taken_helpers&) = delete;
    std::size_t count() const { return count_; }

private:
    helper_threads& from_;
    const std::size_t count_;
};

// Groups of parts can be put together in any order; other steps want the rows one after the other.
bool may_split(const segment& first) {
    const bool limits = std::any_of(first.steps.begin(), first.steps.end(), [](const bound_step& each) {
        return std::holds_alternative<bound_limit>(each);
    });
    return first.end && std::holds_alternative<bound_group>(*first.end) && !limits;
}

checked<void> read_all(
    table_source& table,
    const bound_chain& bound,
    chain& lines,
    std::size_t threads,
    part_ledger& ledger,
    const run_control& control
) {
    const auto slots = bound.segments.front().slots;
    auto readers = table.read(bound.wanted, threads);
    parallel_read reading(ledger, control);
    std::vector<std::jthread> others;
    for (std::size_t i = 1; i < threads; ++i) {
        others.emplace_back([&, i] { reading.run(*readers[i], lines.line(i, threads), slots); });
    }
    reading.run(*readers.front(), lines.line(0, threads), slots);
    others.clear();
    return reading.result();
}

}  // namespace

std::size_t helper_threads::take(std::size_t wanted) {
    auto free = free_.load();
    for (;;) {
        const auto taken = std::clamp<std::int64_t>(free, 0, static_cast<std::int64_t>(wanted));
        if (free_.compare_exchange_weak(free, free - taken)) return static_cast<std::size_t>(taken);
    }
}

checked<std::uint64_t> run_steps(
    const dataset& input,
    const std::vector<step>& steps,
    row_sink& into,
    work& current,
    scratch_space& space,
    const limits& bounds,
    helper_threads& helpers
) {
    auto& control = current.control();
    read_meter meter(control);
    auto table = open_table(input, current, bounds, meter);
    if (!table) return table.error();
    auto join_bytes_left = bounds.join_bytes;
    // Where there are no rows there may be no columns either, and nothing that a step could be wrong about.
    const std::vector<step> none;
    auto bound =
        bind_steps((*table)->is_empty() ? none : steps, (*table)->columns(), [&](const join_step& how) {
            return join_table::load(how, current, bounds, meter, join_bytes_left);
        });
    if (!bound) return bound.error();
    const auto& first = bound->segments.front();
    // Two may hold rows at once: one hands them out while the next takes them in.
    const auto memory_share = bounds.memory_bytes / (bound->segments.size() > 2 ? 2 : 1);
    const stage_surroundings around{bounds, space, control, memory_share};
    const taken_helpers extra(helpers, may_split(first) ? (*table)->readers_max() - 1 : 0);
    const auto threads = extra.count() + 1;
    if (auto begun = into.begin(bound->names, bound->outputs); !begun) return begun.error();
    chain lines(*bound, around, into, threads);
    part_ledger ledger((*table)->name(), first.labels);
    if (auto read = read_all(**table, *bound, lines, threads, ledger, control); !read) return read.error();
    if (auto done = lines.line(0, threads).finish(); !done) return done.error();
    return ledger.rows();
}

}  // namespace esm::tasks::data
