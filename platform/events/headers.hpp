// How an event travels: CloudEvents 1.0 in Kafka's binary mode. Both drivers store headers under these names,
// so that a dead letter and a foreign consumer find the same ones.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/events/event_log.hpp"

namespace esm::events {

using header_list = std::vector<std::pair<std::string, std::string>>;

header_list to_headers(const event& given);

// All headers as one JSON object, and back. Of a repeated header the last one counts.
std::string encode_headers(const header_list& headers);
// Members that are no strings are taken as their JSON text. Throws std::runtime_error when the text is no
// JSON object.
header_list decode_headers(std::string_view json);

// Fills the event's attributes from the headers, and well_formed / malformed_why / raw_headers.
void read_headers(const header_list& headers, delivered& into);

}  // namespace esm::events
