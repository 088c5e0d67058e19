// A data set read row by row, for work that is not a chain of steps: bounded memory, on the caller's thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "platform/base/result.hpp"
#include "services/tasks/handlers/data/cell.hpp"
#include "services/tasks/handlers/data/dataset.hpp"
#include "services/tasks/handlers/data/limits.hpp"
#include "services/tasks/handlers/work.hpp"

namespace esm::tasks::data {

class row_reader {
public:
    virtual ~row_reader() = default;
    virtual const std::vector<std::string>& columns() const = 0;
    // A cell for each column, valid until the next call; null after the last row. The error says what is
    // wrong with the data and where; it also ends a task that was told to stop, so ask should_stop() first.
    virtual result<const std::vector<cell>*> next() = 0;
};

// Reads inputs through `current`, which must outlive the reader, as must the parameters that the data set
// views. Sets the task's progress by the bytes read. The error is the user's.
result<std::unique_ptr<row_reader>> open_rows(const dataset& given, work& current, const limits& bounds);

}  // namespace esm::tasks::data
