// What a service holds on one user, given out in pages: a service offers it over gRPC or in its process, the
// user service joins what all of them hold.
#pragma once

#include <functional>
#include <string>

#include "platform/async/awaitable.hpp"
#include "platform/base/context.hpp"
#include "platform/base/result.hpp"

namespace esm::personal_data {

// The texts of all pages, one after the other, are one JSON object; a page may end anywhere within it.
struct export_page {
    std::string json;
    std::string next_cursor;  // empty on the last page
};

// A page ends once it has this much; what is larger in one piece is cut.
inline constexpr std::size_t page_bytes = 1024UL * 1024;

// `cursor`: empty for the first page. errc::invalid_cursor for one that no page gave.
using read_page = std::function<
    awaitable<result<export_page>>(const context& ctx, std::int64_t user_id, std::string cursor)>;

}  // namespace esm::personal_data
