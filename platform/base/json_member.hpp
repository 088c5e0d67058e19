// Members of JSON objects that were checked elsewhere, or whose absence is nothing to complain about; what
// people send is read by json::decoder.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace esm::json {

// Empty where there is no such member, or where it is no text.
inline std::string text_member(const boost::json::object& of, std::string_view name) {
    const auto* found = of.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

}  // namespace esm::json
