// See asked_scopes.hpp.
#include "services/auth/asked_scopes.hpp"

#include <algorithm>

namespace esm::auth {

std::vector<std::string> read_scopes(json::decoder& from, std::size_t most) {
    auto scopes = from.text_list("scopes", most, {1, 64});
    if (scopes.empty() && !from.rejected()) from.reject("scopes", "min_items", "name at least one scope");
    auto sorted = scopes;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
        from.reject("scopes", "unique_items", "name each scope once");
    }
    return scopes;
}

}  // namespace esm::auth
