// A typed cell of 16 bytes, how cells compare, and how they are read and written as text.
#pragma once

#include <boost/json.hpp>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace esm::tasks::data {

// In the sort order of the types; whole numbers and others are one type.
enum class cell_type : std::uint8_t { null, boolean, whole, real, text };

// Texts are views: whoever makes the cell says how long they live.
class cell {
public:
    cell() = default;
    explicit cell(bool flag) : whole_(flag ? 1 : 0), type_(cell_type::boolean) {}
    explicit cell(std::int64_t whole) : whole_(whole), type_(cell_type::whole) {}
    explicit cell(double real) : real_(real), type_(cell_type::real) {}
    // At most 4 GiB; `is_json`: an array or object as its JSON text.
    explicit cell(std::string_view text, bool is_json = false)
        : text_(text.data()),
          size_(static_cast<std::uint32_t>(text.size())),
          type_(cell_type::text),
          is_json_(is_json) {}

    cell_type type() const { return type_; }
    bool is_null() const { return type_ == cell_type::null; }
    bool is_boolean() const { return type_ == cell_type::boolean; }
    bool is_whole() const { return type_ == cell_type::whole; }
    bool is_number() const { return type_ == cell_type::whole || type_ == cell_type::real; }
    bool is_text() const { return type_ == cell_type::text; }
    bool is_json() const { return is_json_; }

    bool boolean() const { return whole_ != 0; }
    std::int64_t whole() const { return whole_; }
    double real() const { return real_; }
    std::string_view text() const { return {text_, size_}; }
    // Of any number.
    double number() const { return is_whole() ? static_cast<double>(whole_) : real_; }
    // The same text at another place.
    cell moved_to(const char* place) const { return cell(std::string_view(place, size_), is_json_); }

private:
    union {
        std::int64_t whole_{0};
        double real_;
        const char* text_;
    };
    std::uint32_t size_{0};
    cell_type type_{cell_type::null};
    bool is_json_{false};
};
static_assert(sizeof(cell) == 16);

// Exact for any two numbers: int64 and double both fit into a long double's 64-bit mantissa.
long double exact_number(const cell& given);

// Null before false before true before numbers before texts by code point (UTF-8 bytes order the same way).
std::strong_ordering compare(const cell& left, const cell& right);
inline bool equal(const cell& left, const cell& right) {
    return compare(left, right) == 0;
}
// The same for equal cells: 1 and 1.0 are one number.
std::uint64_t hash_of(const cell& given);
std::uint64_t mixed(std::uint64_t hash, std::uint64_t further);

// A number as JSON writes it (RFC 8259 section 6): whole where it has no fraction or exponent and fits.
// Nothing where the text is no number or exceeds a double.
std::optional<cell> parse_number(std::string_view text);

// Nothing for arrays, objects and numbers beyond a double.
std::optional<cell> cell_of(const boost::json::value& given);

// As JSON.
void append_cell(std::string& out, const cell& given);
// As text: nothing for null, texts as they are.
void append_plain(std::string& out, const cell& given);

// "text \"abc\"", "number 5": for messages; long texts are cut.
std::string describe(const cell& given);

}  // namespace esm::tasks::data
