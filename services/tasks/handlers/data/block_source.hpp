// Cuts an input into blocks of whole rows, so that threads can parse them apart: at line ends outside of
// quotes for CSV, at line ends for NDJSON, between the elements of the one array for JSON. Read by one thread
// at a time.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/tasks/handlers/data/byte_stream.hpp"
#include "services/tasks/handlers/data/limits.hpp"

namespace esm::tasks::data {

enum class data_format : std::uint8_t { csv, json, ndjson };

// Bytes with room for parsers that read beyond the end.
class block {
public:
    static constexpr std::size_t padding = 64;

    std::string_view text() const { return {data_.get(), size_}; }
    char* data() { return data_.get(); }
    std::size_t size() const { return size_; }
    std::size_t capacity() const { return capacity_; }
    void resize(std::size_t size) { size_ = size; }
    // Keeps what it holds.
    void reserve(std::size_t capacity);

    std::uint64_t part{0};
    bool has_quotes{false};      // CSV
    bool lacks_line_end{false};  // CSV, the last block: its last line end was added
    std::vector<std::pair<std::uint32_t, std::uint32_t>> elements;  // JSON: begin and end of each
    // What stopped the cutting, after the rows of this block; its line counts within the block.
    std::optional<problem> defect;

private:
    std::unique_ptr<char[]> data_;
    std::size_t size_{0};
    std::size_t capacity_{0};
};

class block_source {
public:
    block_source(std::unique_ptr<byte_stream> from, const limits& bounds)
        : from_(std::move(from)), bounds_(bounds) {}
    virtual ~block_source() = default;

    // False at the end. A block with a defect is the last.
    checked<bool> next(block& into);

protected:
    // How many bytes of the block are whole rows; `at_end`: nothing follows. May set the block's defect.
    virtual std::size_t cut(block& given, bool at_end) = 0;
    // Says that the row which begins at the block's start is too long.
    virtual problem too_long(const block& given) const = 0;

    const limits& bounds() const { return bounds_; }

private:
    checked<void> fill(block& into, std::size_t wanted);
    void take_carry(block& into);
    void drop_byte_order_mark(block& given);

    const std::unique_ptr<byte_stream> from_;
    const limits bounds_;
    std::string carry_;  // the begin of a row, from the block before
    std::uint64_t parts_{0};
    bool begun_{false};
    bool at_end_{false};
    bool over_{false};
};

std::unique_ptr<block_source> make_block_source(
    data_format format, std::unique_ptr<byte_stream> from, const limits& bounds
);

}  // namespace esm::tasks::data
