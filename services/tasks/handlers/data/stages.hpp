// The steps of a segment as they run over batches.
#pragma once

#include <memory>

#include "services/tasks/handlers/data/bound_steps.hpp"
#include "services/tasks/handlers/data/consumer.hpp"
#include "services/tasks/handlers/data/limits.hpp"

namespace esm::tasks::data {

// What all stages of a task share; outlives them.
struct stage_surroundings {
    const limits& bounds;
    scratch_space& space;
    const run_control& control;
    std::size_t memory_bytes;  // of one stage that holds rows back
};

// Hands rows on to the next as batches of its own, whose texts are copied.
class batch_feeder {
public:
    batch_feeder(std::size_t slots, consumer& next) : made_(slots), next_(next) {}
    // The row's cells go to the first slots.
    checked<void> add(std::span<const cell> row);
    checked<void> flush();

private:
    batch made_;
    consumer& next_;
};

// A step within a segment whose batches have `slots` columns.
std::unique_ptr<stage> make_stage(
    const bound_step& what,
    std::size_t slots,
    std::size_t index,
    std::vector<std::uint64_t>& entered,
    const stage_surroundings& around,
    consumer& next
);

// The end of a segment; `next` is the segment behind, whose batches have `next_slots` columns.
std::unique_ptr<stage> make_sort_stage(
    const bound_sort& what,
    std::size_t next_slots,
    std::size_t index,
    std::vector<std::uint64_t>& entered,
    const stage_surroundings& around,
    consumer& next
);

}  // namespace esm::tasks::data
