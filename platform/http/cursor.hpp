// Opaque keyset cursors: the last key of a page and a hash of the filter, base64url JSON. A cursor used with
// another filter, or made up, is errc::invalid_cursor.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "platform/http/message.hpp"

namespace esm::http {

struct page {
    std::int64_t limit{50};
    std::vector<std::int64_t> after;  // the keys of the cursor; empty on the first page
    std::string after_name;           // the same where names are the keys
};

// Reads `limit` (1 to 500, default 50) and `cursor` from the query. `filter` is the canonical text of all
// other parameters that shape the list; `keys` how many numbers a cursor of this list holds.
result<page> read_page(const request& from, std::string_view filter, std::size_t keys);

std::string make_cursor(const std::vector<std::int64_t>& keys, std::string_view filter);

// The same for a list in order of one unique name of at most 256 bytes.
result<page> read_named_page(const request& from, std::string_view filter);

std::string make_named_cursor(std::string_view name, std::string_view filter);

// The target of the same list with another cursor, for `Link: <…>; rel="next"`.
std::string next_link(const request& from, std::string_view cursor);

// Leads on from an answer that is a page of its list; an empty cursor: it is the last one.
void add_next_link(response& to, const request& from, const std::string& next_cursor);

// {`name`: items, nextCursor} with its link; an empty cursor: the page is the last one.
response page_reply(
    const request& from, std::string_view name, boost::json::array items, const std::string& next_cursor
);

// 400 for a query parameter that breaks its rule.
error bad_parameter(std::string_view name, std::string code, std::string message);

// 400 for a query parameter that is none of `known`.
result<void> check_query(const request& from, std::initializer_list<std::string_view> known);

}  // namespace esm::http
