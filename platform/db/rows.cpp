// See rows.hpp.
#include "platform/db/rows.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

namespace esm::db {

namespace {

template <class Number>
Number parse(std::string_view text, std::size_t column, const char* kind) {
    Number value{};
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (failure != std::errc{} || end != text.data() + text.size()) {
        throw std::runtime_error(fmt::format("column {} holds '{}', which is no {}", column, text, kind));
    }
    return value;
}

}  // namespace

std::int64_t row::integer(std::size_t column) const {
    return parse<std::int64_t>(view(column), column, "integer");
}

double row::real(std::size_t column) const {
    return parse<double>(view(column), column, "number");
}

bool row::boolean(std::size_t column) const {
    const auto text = view(column);
    if (text == "t" || text == "1") return true;
    if (text == "f" || text == "0") return false;
    throw std::runtime_error(fmt::format("column {} holds '{}', which is no boolean", column, text));
}

std::optional<std::string> row::optional_text(std::size_t column) const {
    if (is_null(column)) return std::nullopt;
    return text(column);
}

std::optional<std::int64_t> row::optional_integer(std::size_t column) const {
    if (is_null(column)) return std::nullopt;
    return integer(column);
}

}  // namespace esm::db
