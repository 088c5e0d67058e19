// The places of delimiters and line ends outside of quotes, found 64 bytes at a time (the bit-parallel quote
// masks of Langdale and Lemire, "Parsing gigabytes of JSON per second", 2019).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace esm::tasks::data {

class csv_marks {
public:
    // `text` is followed by at least 64 readable bytes.
    void find(std::string_view text, char delimiter, bool has_quotes);

    const std::uint32_t* begin() const { return places_.data(); }
    std::size_t size() const { return count_; }

private:
    std::vector<std::uint32_t> places_;
    std::size_t count_{0};
};

}  // namespace esm::tasks::data
