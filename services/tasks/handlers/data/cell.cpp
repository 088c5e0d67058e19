// See cell.hpp.
#include "services/tasks/handlers/data/cell.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <iterator>

#include "platform/base/json_text.hpp"
#include "platform/base/utf8.hpp"

namespace esm::tasks::data {

namespace {

bool is_digit(char each) {
    return each >= '0' && each <= '9';
}

int rank_of(const cell& given) {
    return given.is_number() ? static_cast<int>(cell_type::whole) : static_cast<int>(given.type());
}

// Powers of ten that a double holds exactly.
constexpr std::array<double, 23> tens{1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
                                      1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
// So many digits fit into a double's, and into an int64's, without loss.
constexpr std::ptrdiff_t exact_digits = 15;
constexpr std::ptrdiff_t whole_digits = 18;

// Whether `at`, behind the fraction, holds an exponent up to the end, or nothing.
bool ends_well(const char* at, const char* end) {
    if (at == end) return true;
    if (*at != 'e' && *at != 'E') return false;
    if (++at != end && (*at == '+' || *at == '-')) ++at;
    const auto* digits = at;
    while (at != end && is_digit(*at)) ++at;
    return at == end && at != digits;
}

std::optional<cell> from_chars(std::string_view text, bool is_whole) {
    const auto* end = text.data() + text.size();
    if (is_whole) {
        std::int64_t whole = 0;
        if (std::from_chars(text.data(), end, whole).ec == std::errc{}) return cell{whole};
    }
    double real = 0;
    if (std::from_chars(text.data(), end, real).ec != std::errc{}) return std::nullopt;
    return cell{real};
}

std::string shortened(std::string_view text) {
    constexpr std::size_t shown_max_bytes = 60;
    if (text.size() <= shown_max_bytes) return std::string(text);
    return std::string(cut_utf8(text, shown_max_bytes)) + "…";
}

}  // namespace

long double exact_number(const cell& given) {
    return given.is_whole() ? static_cast<long double>(given.whole())
                            : static_cast<long double>(given.real());
}

std::strong_ordering compare(const cell& left, const cell& right) {
    const int left_rank = rank_of(left);
    if (const auto by_type = left_rank <=> rank_of(right); by_type != 0) return by_type;
    if (left.is_text()) return left.text() <=> right.text();
    if (left.is_null()) return std::strong_ordering::equal;
    if (left.is_boolean() || (left.is_whole() && right.is_whole())) return left.whole() <=> right.whole();
    const auto a = exact_number(left);
    const auto b = exact_number(right);
    if (a == b) return std::strong_ordering::equal;
    return a < b ? std::strong_ordering::less : std::strong_ordering::greater;
}

// The finisher of MurmurHash3 over a multiplicative mix: cheap, and every bit counts.
std::uint64_t mixed(std::uint64_t hash, std::uint64_t further) {
    std::uint64_t x = hash * 0x9e3779b97f4a7c15ULL ^ further;
    x ^= x >> 33U;
    x *= 0xff51afd7ed558ccdULL;
    x ^= x >> 33U;
    return x;
}

std::uint64_t hash_of(const cell& given) {
    switch (given.type()) {
        case cell_type::text:
            return std::hash<std::string_view>{}(given.text());
        case cell_type::real: {
            const double real = given.real();
            constexpr double beyond = 9223372036854775808.0;  // 2^63
            if (real >= -beyond && real < beyond && std::trunc(real) == real) {
                return mixed(2, static_cast<std::uint64_t>(static_cast<std::int64_t>(real)));
            }
            return mixed(3, std::hash<double>{}(real));
        }
        case cell_type::whole:
            return mixed(2, static_cast<std::uint64_t>(given.whole()));
        default:
            return mixed(1, given.is_null() ? 2 : static_cast<std::uint64_t>(given.whole()));
    }
}

std::optional<cell> parse_number(std::string_view text) {
    const auto* at = text.data();
    const auto* end = at + text.size();
    const bool negative = at != end && *at == '-';
    if (negative) ++at;
    const auto* first = at;
    std::uint64_t digits = 0;
    for (; at != end && is_digit(*at); ++at) digits = digits * 10 + static_cast<std::uint64_t>(*at - '0');
    auto count = at - first;
    if (count == 0 || (count > 1 && *first == '0')) return std::nullopt;
    if (at == end) {
        if (count > whole_digits) return from_chars(text, true);
        const auto whole = static_cast<std::int64_t>(digits);
        return cell{negative ? -whole : whole};
    }
    std::ptrdiff_t decimals = 0;
    if (*at == '.') {
        const auto* fraction = ++at;
        for (; at != end && is_digit(*at); ++at) digits = digits * 10 + static_cast<std::uint64_t>(*at - '0');
        decimals = at - fraction;
        if (decimals == 0) return std::nullopt;
        count += decimals;
    }
    // Both are exact in a double, so their quotient is rounded once, as it should be (Clinger 1990).
    if (at == end && count <= exact_digits) {
        const double real = static_cast<double>(digits) / tens[static_cast<std::size_t>(decimals)];
        return cell{negative ? -real : real};
    }
    if (!ends_well(at, end)) return std::nullopt;
    return from_chars(text, false);
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
    if (given.is_null()) {
        out += "null";
    } else if (given.is_text() && !given.is_json()) {
        json::append_string(out, given.text());
    } else {
        append_plain(out, given);
    }
}

void append_plain(std::string& out, const cell& given) {
    switch (given.type()) {
        case cell_type::null:
            return;
        case cell_type::boolean:
            out += given.boolean() ? "true" : "false";
            return;
        case cell_type::whole:
            fmt::format_to(std::back_inserter(out), "{}", given.whole());
            return;
        case cell_type::real:  // the shortest text that reads back the same
            fmt::format_to(std::back_inserter(out), "{}", given.real());
            return;
        case cell_type::text:
            out += given.text();
            return;
    }
}

std::string describe(const cell& given) {
    if (given.is_text()) {
        return fmt::format("{} \"{}\"", given.is_json() ? "JSON" : "text", shortened(given.text()));
    }
    std::string text{given.is_number() ? "number " : ""};
    append_cell(text, given);
    return text;
}

}  // namespace esm::tasks::data
