// The token by which this process calls internal interfaces of other services: got with the process's own
// client credentials (RFC 6749 section 4.4), kept until shortly before it expires. One a process; any thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/async/awaitable.hpp"
#include "platform/base/result.hpp"

namespace esm::security {

struct client_credentials {
    std::vector<std::string> token_urls;  // tried in turn, 2 s each
    std::string client_id, client_secret;
};

// Answers a token that is good for at least a minute; errc::unavailable where none can be had now. Concurrent
// callers share one request.
std::function<awaitable<result<std::string>>()> service_token(client_credentials with);

}  // namespace esm::security
