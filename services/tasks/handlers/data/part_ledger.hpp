// What the parts of an input hold, told by whichever thread read them; turns a place within a part into one
// of the whole. Safe from many threads.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "services/tasks/handlers/data/problem.hpp"

namespace esm::tasks::data {

struct part_counts {
    std::uint64_t lines{0};
    std::uint64_t rows{0};
    std::vector<std::uint64_t> entered;  // rows that came to each step of the chain
};

class part_ledger {
public:
    // `source` names the input in messages; `steps` what each step of the chain is called there.
    part_ledger(std::string source, std::vector<std::string> steps)
        : source_(std::move(source)), steps_(std::move(steps)) {
        total_.entered.resize(steps_.size());
    }

    // The part is done, all its rows went through the chain.
    void add(std::uint64_t part, const part_counts& counts);
    std::uint64_t rows() const;
    // Once every part before is added: the problem with its place in the whole input.
    problem located(problem found, std::uint64_t part) const;

private:
    static void sum(part_counts& into, const part_counts& more);

    const std::string source_;
    const std::vector<std::string> steps_;
    mutable std::mutex mutex_;
    part_counts total_;  // of the parts before next_
    std::uint64_t next_{0};
    std::map<std::uint64_t, part_counts> early_;
};

}  // namespace esm::tasks::data
