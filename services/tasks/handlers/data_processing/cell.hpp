// A typed cell, how cells compare and how they are written.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace esm::tasks::data_processing {

// Texts are views into the input or into the table's own texts. The order of the alternatives is the sort
// order of their types; whole numbers and others are one type.
using cell = std::variant<std::monostate, bool, std::int64_t, double, std::string_view>;

// Rows may be shorter than `columns`: what is missing at their end is null.
struct table {
    std::vector<std::string> columns;
    std::vector<std::vector<cell>> rows;
    std::deque<std::string> texts;  // that the input holds in no one piece, such as unescaped CSV cells

    std::optional<std::size_t> column_of(std::string_view name) const;
};

const cell& cell_at(const std::vector<cell>& row, std::size_t column);

inline bool is_null(const cell& given) {
    return std::holds_alternative<std::monostate>(given);
}
inline bool is_number(const cell& given) {
    return std::holds_alternative<std::int64_t>(given) || std::holds_alternative<double>(given);
}
inline bool is_text(const cell& given) {
    return std::holds_alternative<std::string_view>(given);
}

// Exact for any two numbers: int64 and double both fit into a long double's 64-bit mantissa.
long double number_of(const cell& given);

// Null before false before true before numbers before texts by code point (UTF-8 bytes order the same way).
std::strong_ordering compare(const cell& left, const cell& right);
inline bool equal(const cell& left, const cell& right) {
    return compare(left, right) == 0;
}

// A number as JSON writes it (RFC 8259 section 6): whole where it has no fraction or exponent and fits.
// Nothing where the text is no number or exceeds a double.
std::optional<cell> parse_number(std::string_view text);

// Nothing for arrays, objects and numbers beyond a double.
std::optional<cell> cell_of(const boost::json::value& given);

void append_cell(std::string& out, const cell& given);

// "text \"abc\"", "number 5": for messages; long texts are cut.
std::string describe(const cell& given);

}  // namespace esm::tasks::data_processing
