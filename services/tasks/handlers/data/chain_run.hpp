// Runs steps over a data set into whatever takes the rows that come out.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "services/tasks/handlers/data/consumer.hpp"
#include "services/tasks/handlers/data/limits.hpp"
#include "services/tasks/handlers/data/scratch_space.hpp"
#include "services/tasks/handlers/data/steps.hpp"

namespace esm::tasks::data {

// Takes the rows that come out: `begin` once, then batches, then `finish`.
class row_sink : public consumer {
public:
    // `slots` are the columns' places in the batches.
    virtual checked<void> begin(
        const std::vector<std::string>& columns, const std::vector<std::size_t>& slots
    ) = 0;
};

// Threads beside the workers' own, of all tasks of a handler.
class helper_threads {
public:
    explicit helper_threads(std::size_t max) : free_(static_cast<std::int64_t>(max)) {}
    // As many as are free, at most `wanted`; to be given back.
    std::size_t take(std::size_t wanted);
    void give_back(std::size_t count) { free_.fetch_add(static_cast<std::int64_t>(count)); }

private:
    std::atomic<std::int64_t> free_;
};

// How many rows went in. A problem is for the user; where the control says stop, it is about nothing else.
checked<std::uint64_t> run_steps(
    const dataset& input,
    const std::vector<step>& steps,
    row_sink& into,
    work& current,
    scratch_space& space,
    const limits& bounds,
    helper_threads& helpers
);

}  // namespace esm::tasks::data
