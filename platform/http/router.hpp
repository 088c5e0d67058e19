// The route table of a server: rows of verb, path pattern, handler and required scope. Built before the
// server starts, immutable after. Unknown path: 404; known path, other verb: 405 with Allow; HEAD is answered
// by GET; OPTIONS by Allow.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/http/message.hpp"

namespace esm::http {

// A failed result becomes a problem document; `unavailable` and other exceptions become 503 and 500 in the
// server.
using handler = std::function<awaitable<result<response>>(request& call)>;

struct route {
    std::string_view method;   // "POST"
    std::string_view pattern;  // "/api/v1/eventstreammonitor/tasks/{id}/cancel"
    std::string_view scope;    // the scope a caller's token must have; `open_to_all` needs no token
    handler run;
    std::size_t body_max_bytes{64 * 1024};
    bool always_admitted{false};  // probes: neither counted nor refused when the server is overloaded
    // The handler runs once the head is read, and reads the body itself (request::arriving). As long as it
    // runs it counts against the server's streams_max, not against in_flight_max: uploads take their time.
    bool streams_body{false};
};

inline constexpr std::string_view open_to_all{};
// Any valid token will do, whatever its scopes.
inline constexpr std::string_view any_caller{"*"};

// Binds a coroutine function `f(deps&, request&)` as a handler; `deps` must outlive the server.
template <class Deps, class Function>
handler bind(Function function, Deps& deps) {
    return [function, &deps](request& call) -> awaitable<result<response>> { return function(deps, call); };
}

class router {
public:
    router();

    // Throws std::logic_error when two rows collide.
    void add(std::vector<route> rows);

    struct match {
        const route* found{nullptr};
        std::vector<std::pair<std::string, std::string>> params;
        std::string allow;  // verbs of the path when only the verb did not match
    };
    match find(std::string_view method, std::string_view path) const;
    // The rows keep their place, since requests point at them.
    const std::deque<route>& routes() const;

private:
    struct node;
    struct table;
    std::shared_ptr<table> table_;  // shared by copies
};

}  // namespace esm::http
