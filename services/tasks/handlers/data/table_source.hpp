// An opened data set: its columns are known, its rows are read in batches by one or more threads, in parts
// that are in order. Lives as long as it is read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/tasks/handlers/data/block_parser.hpp"
#include "services/tasks/handlers/data/dataset.hpp"
#include "services/tasks/handlers/data/part_ledger.hpp"

namespace esm::tasks::data {

// For one thread.
class batch_reader {
public:
    enum class fetched : std::uint8_t {
        rows,       // the batch holds some, all of one part
        part_over,  // the part's counts are complete
        end
    };
    virtual ~batch_reader() = default;
    // What the batch held before is gone, its texts too. A problem counts within the part of the batch.
    virtual checked<fetched> next(batch& into) = 0;
    // After part_over: lines and rows.
    virtual part_counts counts() const = 0;
};

class table_source {
public:
    virtual ~table_source() = default;
    // As messages name it: the file's name, or the format of inline data.
    virtual const std::string& name() const = 0;
    virtual const std::vector<std::string>& columns() const = 0;
    // Known to have no rows.
    virtual bool is_empty() const = 0;
    // Begins to read the rows; once. Each reader gets some of the parts and may be used on its own thread.
    virtual std::vector<std::unique_ptr<batch_reader>> read(
        const std::vector<wanted_column>& wanted, std::size_t readers
    ) = 0;
    // How many readers are worth their threads.
    virtual std::size_t readers_max() const = 0;
};

// Opens inputs through `current`, whose parameters the data set views.
checked<std::unique_ptr<table_source>> open_table(
    const dataset& given, work& current, const limits& bounds, read_meter& meter
);

}  // namespace esm::tasks::data
