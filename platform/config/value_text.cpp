// See value_text.hpp.
#include "platform/config/value_text.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace esm::config {

namespace {

using unit = std::pair<std::string_view, std::int64_t>;

constexpr std::array<unit, 6> durations{
    unit{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}, {"", 1}
};
constexpr std::array<unit, 8> sizes{
    unit{"B", 1},
    {"KB", 1'000},
    {"MB", 1'000'000},
    {"GB", 1'000'000'000},
    {"KiB", 1LL << 10U},
    {"MiB", 1LL << 20U},
    {"GiB", 1LL << 30U},
    {"", 1}
};

std::string_view trim(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto begin = text.find_first_not_of(blanks);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

// A decimal integer at the front of `text`, which keeps the rest.
std::optional<std::int64_t> take_integer(std::string_view& text) {
    std::int64_t value = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{}) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

std::optional<std::int64_t> integer_of(std::string_view text) {
    const auto value = take_integer(text);
    return text.empty() ? value : std::nullopt;
}

std::optional<std::int64_t> amount_of(std::string_view text, std::span<const unit> units) {
    const auto count = take_integer(text);
    if (!count || *count < 0) return std::nullopt;
    text = trim(text);
    for (const auto& [name, factor] : units) {
        if (name != text) continue;
        std::int64_t product = 0;
        if (__builtin_mul_overflow(*count, factor, &product)) return std::nullopt;
        return product;
    }
    return std::nullopt;
}

canonical number(const property& declared, std::optional<std::int64_t> value, std::string_view expected) {
    if (!value) return {{}, fmt::format("must be {}", expected)};
    const std::string unit = declared.unit.empty() ? "" : fmt::format(" {}", declared.unit);
    if (declared.minimum && *value < *declared.minimum) {
        return {{}, fmt::format("is below the minimum of {}{}", *declared.minimum, unit)};
    }
    if (declared.maximum && *value > *declared.maximum) {
        return {{}, fmt::format("is above the maximum of {}{}", *declared.maximum, unit)};
    }
    return {std::to_string(*value), {}};
}

canonical boolean(std::string_view text) {
    for (const auto yes : {"true", "yes", "on", "1"}) {
        if (text == yes) return {"true", {}};
    }
    for (const auto no : {"false", "no", "off", "0"}) {
        if (text == no) return {"false", {}};
    }
    return {{}, "must be true or false"};
}

}  // namespace

std::vector<std::string> split_list(std::string_view text) {
    std::vector<std::string> items;
    while (!text.empty()) {
        const auto comma = text.find(',');
        const auto item = trim(text.substr(0, comma));
        if (!item.empty()) items.emplace_back(item);
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
    }
    return items;
}

canonical canonicalise(const property& declared, std::string_view given) {
    const auto trimmed = trim(given);
    switch (declared.type) {
        case type::string:
            return {std::string(given), {}};
        case type::string_list:
            return {fmt::format("{}", fmt::join(split_list(given), ",")), {}};
        case type::boolean:
            return boolean(trimmed);
        case type::integer:
            return number(declared, integer_of(trimmed), "an integer");
        case type::duration_ms:
            return number(declared, amount_of(trimmed, durations), "a duration such as 500ms, 10s or 5m");
        case type::size_bytes:
            return number(declared, amount_of(trimmed, sizes), "a size such as 512, 64KiB or 10MB");
    }
    return {{}, "has an unknown type"};
}

}  // namespace esm::config
