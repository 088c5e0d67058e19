// Who asks, on whose trace, and until when: built where a request or an event enters, and passed by reference
// down to the last query. Lives as long as that request.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"

namespace esm {

// Carried over HTTP headers, gRPC metadata and event attributes.
struct trace_context {
    std::string request_id;      // X-Request-Id of this request
    std::string correlation_id;  // the request id of the first request of the whole chain
    std::string causation_id;    // the id of the event that caused this work; empty for a request
    std::string traceparent;     // W3C Trace Context level 1; empty if none came
};

// What proved who the caller is.
enum class credential : std::uint8_t { session, api_key, client };

// A caller whose token was verified.
struct principal {
    credential kind{credential::session};
    std::int64_t user_id{0};  // 0 for a client, which is nobody's account
    std::string username;
    std::string session_id;  // of an API key its id
    std::string client_id;
    std::vector<std::string> roles;
    std::vector<std::string> scopes;
    std::int64_t expires_at_us{0};

    bool has_scope(std::string_view scope) const {
        return std::find(scopes.begin(), scopes.end(), scope) != scopes.end();
    }
};

struct context {
    trace_context trace;
    deadline until{deadline::max()};
    std::optional<principal> caller;
};

}  // namespace esm
