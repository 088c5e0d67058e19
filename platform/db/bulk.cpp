// See bulk.hpp.
#include "platform/db/bulk.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace esm::db {

std::size_t length_of(const column& one) {
    return std::visit([](const auto& list) { return list.size(); }, one);
}

void require_equal_length(std::string_view statement_name, std::span<const column> columns) {
    for (const auto& each : columns) {
        if (length_of(each) == length_of(columns.front())) continue;
        throw std::logic_error(fmt::format("{}: its columns differ in length", statement_name));
    }
}

}  // namespace esm::db
