// Turns what people write ("500ms", "64KiB", "yes") into the one form that values keep. Private to
// platform/config.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/config/property.hpp"

namespace esm::config {

// Exactly one of the two is meant: `problem` is empty when `text` is good.
struct canonical {
    std::string text;
    std::string problem;  // a sentence's end: "must be a duration such as 500ms, 10s or 5m"
};

// Durations become milliseconds, sizes bytes, booleans true or false, lists trimmed items with a comma
// between; then the declared bounds are checked.
canonical canonicalise(const property& declared, std::string_view given);

// The items of a comma separated list, trimmed, without empty ones.
std::vector<std::string> split_list(std::string_view text);

}  // namespace esm::config
