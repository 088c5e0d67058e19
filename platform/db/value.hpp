// What a statement takes: a closed set of parameter types both databases can bind.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

namespace esm::db {

// A list for `= ANY($1)`; SQLite binds it as a JSON text for json_each($1).
using integer_list = std::vector<std::int64_t>;
using text_list = std::vector<std::string>;

using value = std::variant<std::monostate, bool, std::int64_t, double, std::string, integer_list, text_list>;

inline value to_value(value given) {
    return given;
}
inline value to_value(bool given) {
    return given;
}
template <std::integral T>
    requires(!std::same_as<T, bool>)
value to_value(T given) {
    return static_cast<std::int64_t>(given);
}
inline value to_value(double given) {
    return given;
}
inline value to_value(std::string given) {
    return given;
}
inline value to_value(std::string_view given) {
    return std::string(given);
}
inline value to_value(const char* given) {
    return std::string(given);
}
inline value to_value(integer_list given) {
    return given;
}
inline value to_value(text_list given) {
    return given;
}
inline value to_value(std::nullopt_t) {
    return std::monostate{};
}
template <class T>
value to_value(std::optional<T> given) {
    return given ? to_value(std::move(*given)) : value{};
}

// One parameter of a bulk statement, a value a row. PostgreSQL gets it as one array for unnest($n); SQLite
// runs the statement once a row with plain values.
using nullable_integers = std::vector<std::optional<std::int64_t>>;
using nullable_texts = std::vector<std::optional<std::string>>;
using column = std::variant<integer_list, text_list, nullable_integers, nullable_texts>;

}  // namespace esm::db
