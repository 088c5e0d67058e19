// Runs data tasks in tests: parameters, limits and files in, the result as JSON out.
#pragma once

#include "services/tasks/handlers/data_processing/data_processing.hpp"
#include "services/tasks/handlers/test_work.hpp"

namespace esm::tasks::data_processing {

namespace bj = boost::json;

// The result, or a text that says why there is none.
inline bj::value run_data(test_work& current, const data::limits& bounds = {}) {
    const auto done = make_handler(bounds)->run(current);
    if (done.how != outcome::kind::completed) return bj::value(done.text);
    return bj::parse(done.text);
}

// Why the task failed; "completed" where it did not.
inline std::string failure(test_work& current, const data::limits& bounds = {}) {
    const auto done = make_handler(bounds)->run(current);
    return done.how == outcome::kind::completed ? "completed" : done.text;
}

// So little memory that everything goes to scratch, in blocks of a few rows.
inline data::limits tiny() {
    data::limits bounds;
    bounds.memory_bytes = std::size_t{256} << 10U;
    bounds.block_bytes = 4096;
    return bounds;
}

}  // namespace esm::tasks::data_processing
