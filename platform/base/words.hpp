// Lists of names (roles, scopes) as one database column or claim: words with a space between.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace esm {

std::string join_words(const std::vector<std::string>& words);
std::vector<std::string> split_words(std::string_view text);

}  // namespace esm
