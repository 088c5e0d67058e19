// See parameters.hpp.
#include "platform/db/parameters.hpp"

#include <fmt/format.h>

#include <stdexcept>

#include "platform/db/failure.hpp"

namespace esm::db {

namespace {

bool has_nul(const std::string& text) {
    return text.find('\0') != std::string::npos;
}
bool has_nul(const std::optional<std::string>& text) {
    return text && has_nul(*text);
}

template <class List>
bool any_nul(const List& list) {
    for (const auto& each : list) {
        if (has_nul(each)) return true;
    }
    return false;
}

[[noreturn]] void throw_nul(std::string_view statement_name) {
    throw query_failed("22021", fmt::format("{}: a text holds U+0000", statement_name));
}

}  // namespace

std::size_t length_of(const column& one) {
    return std::visit([](const auto& list) { return list.size(); }, one);
}

void require_equal_length(std::string_view statement_name, std::span<const column> columns) {
    for (const auto& each : columns) {
        if (length_of(each) == length_of(columns.front())) continue;
        throw std::logic_error(fmt::format("{}: its columns differ in length", statement_name));
    }
}

void refuse_nul(std::string_view statement_name, std::span<const value> values) {
    for (const auto& each : values) {
        if (const auto* text = std::get_if<std::string>(&each); text != nullptr && has_nul(*text)) {
            throw_nul(statement_name);
        }
        if (const auto* list = std::get_if<text_list>(&each); list != nullptr && any_nul(*list)) {
            throw_nul(statement_name);
        }
    }
}

void refuse_nul(std::string_view statement_name, std::span<const column> columns) {
    for (const auto& each : columns) {
        if (const auto* list = std::get_if<text_list>(&each); list != nullptr && any_nul(*list)) {
            throw_nul(statement_name);
        }
        if (const auto* list = std::get_if<nullable_texts>(&each); list != nullptr && any_nul(*list)) {
            throw_nul(statement_name);
        }
    }
}

}  // namespace esm::db
