// Turns the rows of a block into batches of typed cells: of the wanted columns only, with texts that are
// views into the block where they can be. One a thread; lives as long as its source is read.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "services/tasks/handlers/data/batch.hpp"
#include "services/tasks/handlers/data/block_source.hpp"

namespace esm::tasks::data {

// Which column of the source goes to which column of the batches.
struct wanted_column {
    std::size_t column;
    std::size_t slot;
};

class block_parser {
public:
    virtual ~block_parser() = default;
    // The block must outlive the fills. A problem's line and row count within the block.
    virtual checked<void> start(const block& given) = 0;
    // Fills a cleared batch; false when the block has no rows left.
    virtual checked<bool> fill(batch& into) = 0;
    // Of the whole block, once it has no rows left.
    virtual std::uint64_t lines() const = 0;
    virtual std::uint64_t rows() const = 0;
};

struct csv_layout {
    std::vector<std::string> columns;
    char delimiter{','};
    // A file must be UTF-8 without NUL; what came as JSON is UTF-8 and may hold anything.
    bool is_file{true};
};

// The names in the first line of the source's first block (RFC 4180; a line may end in LF alone).
checked<std::vector<std::string>> read_csv_header(const block& first, char delimiter, const limits& bounds);

std::unique_ptr<block_parser> make_csv_parser(
    const csv_layout& layout, std::vector<wanted_column> wanted, const limits& bounds
);

// For blocks of JSON and NDJSON.
std::unique_ptr<block_parser> make_json_parser(
    data_format format,
    const std::vector<std::string>& columns,
    std::vector<wanted_column> wanted,
    const limits& bounds
);

// Collects the names of the members of all rows in the order of their first appearance.
class column_finder {
public:
    virtual ~column_finder() = default;
    virtual checked<void> take(const block& given) = 0;
    virtual std::vector<std::string> found() = 0;
    virtual std::uint64_t rows() const = 0;
};
std::unique_ptr<column_finder> make_column_finder(data_format format, const limits& bounds);

// What a text file must not hold: NUL bytes, invalid UTF-8. The place of the first, with what it is.
struct bad_byte {
    std::size_t at;
    std::string what;
};
std::optional<bad_byte> find_bad_byte(std::string_view text);

}  // namespace esm::tasks::data
