// If-Match (RFC 9110 section 13.1.1): a change is made only to the version that its caller has seen.
#pragma once

#include "platform/http/message.hpp"

namespace esm::http {

// errc::precondition_failed unless the request has no If-Match, or "*", or names the version's entity tag;
// errc::malformed_request when the header is no list of entity tags. A weak tag never matches.
result<void> check_if_match(const request& from, std::int64_t version);

}  // namespace esm::http
