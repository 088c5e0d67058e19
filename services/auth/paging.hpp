// Pages of this service's lists: newest first, by instant and id.
#pragma once

#include "platform/http/cursor.hpp"

namespace esm::auth {

struct timed_place {
    instant_us at{std::numeric_limits<instant_us>::max()};
    std::string id;
};

struct timed_page {
    std::int64_t limit{50};
    timed_place after;
};

// `limit` and `cursor` of a list without filters; `list` names it.
result<timed_page> read_timed_page(const http::request& call, std::string_view list);

// {NAME: items, "nextCursor"} with the Link of the next page, where there is one.
http::response page_reply(
    const http::request& call,
    std::string_view list,
    std::string_view name,
    boost::json::array items,
    const std::optional<timed_place>& next
);

// Cuts what was read beyond the page; answers the place of its last item where there was more.
template <class Item, class Place>
std::optional<timed_place> next_place(std::vector<Item>& found, std::int64_t limit, Place place_of) {
    if (static_cast<std::int64_t>(found.size()) <= limit) return std::nullopt;
    found.resize(static_cast<std::size_t>(limit));
    return place_of(found.back());
}

}  // namespace esm::auth
