// Which dead letters are meant, as requests say it.
#pragma once

#include "platform/http/message.hpp"
#include "services/notifications/dead_letters/redrive.hpp"

namespace esm::notifications::dead_letters {

std::optional<letter_kind> parse_kind(std::string_view text);
std::string_view name_of(letter_kind kind);

// channel, eventType and topic of a list; errc::malformed_request where one does not belong to the kind.
result<store::filter> read_query_filter(const http::request& call, letter_kind kind);

// {kind, ids or filter, limit, dryRun}; every bad field is named.
result<redrive_request> read_redrive(const boost::json::object& body);

}  // namespace esm::notifications::dead_letters
