// The steps of a chain, each of which hands batches on to the next. Used by one thread at a time.
#pragma once

#include <memory>
#include <vector>

#include "services/tasks/handlers/data/batch.hpp"
#include "services/tasks/handlers/data/problem.hpp"

namespace esm::tasks::data {

class consumer {
public:
    virtual ~consumer() = default;
    // May change the batch, which is the caller's again afterwards.
    virtual checked<void> take(batch& rows) = 0;
    // After the last batch; what is held back goes on, and the next is finished too.
    virtual checked<void> finish() = 0;
};

// A step that counts the rows which enter it, so that a problem can name one.
class stage : public consumer {
public:
    // `entered` counts for all stages of the chain, and is set back where a part of the input ends.
    stage(std::size_t index, std::vector<std::uint64_t>& entered) : index_(index), entered_(entered) {}

    checked<void> take(batch& rows) final {
        const auto count = rows.rows;
        auto done = run(rows);
        if (!done) return placed(done.error());
        entered_[index_] += count;
        return {};
    }

protected:
    virtual checked<void> run(batch& rows) = 0;
    // Where the problem is this step's, it says so.
    problem placed(problem found) const {
        if (found.where == problem::place::none || found.step != problem::no_step) return found;
        found.step = index_;
        found.at += entered_[index_];
        return found;
    }

private:
    const std::size_t index_;
    std::vector<std::uint64_t>& entered_;
};

}  // namespace esm::tasks::data
