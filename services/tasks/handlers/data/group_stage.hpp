// The grouping at the end of a segment: a collector for each thread that reads the input, put together at the
// end. Groups come out in the order of their first rows.
#pragma once

#include <memory>
#include <vector>

#include "services/tasks/handlers/data/group_table.hpp"
#include "services/tasks/handlers/data/stages.hpp"

namespace esm::tasks::data {

class group_stage {
public:
    group_stage(
        const bound_group& what,
        std::size_t next_slots,
        std::size_t collectors,
        const stage_surroundings& around,
        consumer& next
    );
    ~group_stage();

    // For one thread. Its finish finishes the whole grouping: the others must be done.
    std::unique_ptr<stage> make_collector(
        std::size_t which, std::size_t index, std::vector<std::uint64_t>& entered
    );

private:
    class collector;
    struct tables;

    checked<void> finish();
    checked<void> count_distinct(tables& all);
    checked<void> give(const group_layout::entry* group, std::vector<cell>& row, std::size_t first_column)
        const;

    const bound_group what_;
    const stage_surroundings around_;
    const group_layout layout_;
    const group_layout distinct_layout_;
    std::vector<std::size_t> distinct_;  // the aggregates that count distinct cells
    std::vector<std::unique_ptr<tables>> tables_;
    batch_feeder feeder_;
    consumer& next_;
};

}  // namespace esm::tasks::data
