// See cell.hpp.
#include "services/tasks/handlers/data_processing/cell.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <iterator>

#include "platform/base/json_text.hpp"
#include "platform/base/utf8.hpp"

namespace esm::tasks::data_processing {

namespace {

bool is_digit(char each) {
    return each >= '0' && each <= '9';
}

// How many digits stand at `from`.
std::size_t digits_at(std::string_view text, std::size_t from) {
    std::size_t count = 0;
    while (from + count < text.size() && is_digit(text[from + count])) ++count;
    return count;
}

int rank_of(const cell& given) {
    if (is_number(given)) return 2;
    return is_text(given) ? 3 : static_cast<int>(given.index());
}

enum class number_form : std::uint8_t { none, whole, real };

// The grammar of RFC 8259 section 6.
number_form form_of(std::string_view text) {
    std::size_t at = text.starts_with('-') ? 1 : 0;
    const auto whole_digits = digits_at(text, at);
    if (whole_digits == 0 || (whole_digits > 1 && text[at] == '0')) return number_form::none;
    at += whole_digits;
    if (at == text.size()) return number_form::whole;
    if (text[at] == '.') {
        const auto digits = digits_at(text, at + 1);
        if (digits == 0) return number_form::none;
        at += 1 + digits;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-')) ++at;
        const auto digits = digits_at(text, at);
        if (digits == 0) return number_form::none;
        at += digits;
    }
    return at == text.size() ? number_form::real : number_form::none;
}

std::string shortened(std::string_view text) {
    constexpr std::size_t shown_max_bytes = 60;
    if (text.size() <= shown_max_bytes) return std::string(text);
    return std::string(cut_utf8(text, shown_max_bytes)) + "…";
}

}  // namespace

std::optional<std::size_t> table::column_of(std::string_view name) const {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i] == name) return i;
    }
    return std::nullopt;
}

const cell& cell_at(const std::vector<cell>& row, std::size_t column) {
    static const cell missing;
    return column < row.size() ? row[column] : missing;
}

long double number_of(const cell& given) {
    if (const auto* whole = std::get_if<std::int64_t>(&given)) return static_cast<long double>(*whole);
    return static_cast<long double>(std::get<double>(given));
}

std::strong_ordering compare(const cell& left, const cell& right) {
    const int left_rank = rank_of(left);
    if (const auto by_type = left_rank <=> rank_of(right); by_type != 0) return by_type;
    switch (left_rank) {
        case 1:
            return std::get<bool>(left) <=> std::get<bool>(right);
        case 2: {
            const auto a = number_of(left);
            const auto b = number_of(right);
            if (a == b) return std::strong_ordering::equal;
            return a < b ? std::strong_ordering::less : std::strong_ordering::greater;
        }
        case 3:
            return std::get<std::string_view>(left) <=> std::get<std::string_view>(right);
        default:
            return std::strong_ordering::equal;
    }
}

std::optional<cell> parse_number(std::string_view text) {
    const auto form = form_of(text);
    if (form == number_form::none) return std::nullopt;
    const auto* end = text.data() + text.size();
    if (form == number_form::whole) {
        std::int64_t whole = 0;
        if (std::from_chars(text.data(), end, whole).ec == std::errc{}) return cell{whole};
    }
    double real = 0;
    if (std::from_chars(text.data(), end, real).ec != std::errc{}) return std::nullopt;
    return cell{real};
}

std::optional<cell> cell_of(const boost::json::value& given) {
    switch (given.kind()) {
        case boost::json::kind::null:
            return cell{};
        case boost::json::kind::bool_:
            return cell{given.get_bool()};
        case boost::json::kind::int64:
            return cell{given.get_int64()};
        case boost::json::kind::uint64:
            return cell{static_cast<double>(given.get_uint64())};
        case boost::json::kind::double_:
            if (!std::isfinite(given.get_double())) return std::nullopt;
            return cell{given.get_double()};
        case boost::json::kind::string:
            return cell{std::string_view(given.get_string())};
        default:
            return std::nullopt;
    }
}

void append_cell(std::string& out, const cell& given) {
    if (is_text(given)) return json::append_string(out, std::get<std::string_view>(given));
    if (const auto* flag = std::get_if<bool>(&given)) {
        out += *flag ? "true" : "false";
    } else if (const auto* whole = std::get_if<std::int64_t>(&given)) {
        fmt::format_to(std::back_inserter(out), "{}", *whole);
    } else if (const auto* real = std::get_if<double>(&given)) {
        fmt::format_to(std::back_inserter(out), "{}", *real);  // the shortest text that reads back the same
    } else {
        out += "null";
    }
}

std::string describe(const cell& given) {
    if (is_text(given)) return fmt::format("text \"{}\"", shortened(std::get<std::string_view>(given)));
    std::string text{is_number(given) ? "number " : ""};
    append_cell(text, given);
    return text;
}

}  // namespace esm::tasks::data_processing
