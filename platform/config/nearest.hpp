// The name a person probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace esm::config {

// The known name with the least edits (insertion, deletion, change, swap of neighbours) from `given`; empty
// when all are further than a third of its length.
std::string nearest_name(std::string_view given, const std::vector<std::string>& known);

}  // namespace esm::config
