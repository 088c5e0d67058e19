// The answer of a list: a page of it and where the next one begins.
#pragma once

#include "platform/http/message.hpp"

namespace esm::notifications {

// {`name`: items, nextCursor}; an empty cursor: this page is the last one. Otherwise `Link` leads on.
http::response page_reply(
    const http::request& call, std::string_view name, boost::json::array items, const std::string& next_cursor
);

}  // namespace esm::notifications
