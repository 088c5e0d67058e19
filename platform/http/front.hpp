// What happens to one whole request: identity, route, caller, admission, handler, and every failure as a
// problem document, with metrics and logs. One instance a server, used from all shards; knows no socket.
#pragma once

#include <memory>

#include "platform/http/admission.hpp"
#include "platform/http/router.hpp"
#include "platform/http/server.hpp"

namespace esm::http {

// Why a request or connection was refused before its handler: the label of http_requests_rejected_total.
enum class rejection : std::uint8_t {
    malformed,
    headers_too_large,
    uri_too_long,
    payload_too_large,
    header_timeout,
    body_timeout,
    write_timeout,
    overloaded,
    connections,
    connections_of_peer,
    streams,
};

class front {
public:
    front(
        const server_options& options,
        router routes,
        authenticate_function authenticate,
        observe::metrics& metrics
    );
    ~front();

    // Called once the head was read: gives the request its ids and deadline, and finds its route.
    router::match enter(request& call) const;

    // The answer to a whole request. Never throws.
    awaitable<response> answer(request& call, const router::match& matched, admission& slots) const;

    // The answer to a request that could not be read.
    response refuse(const error& cause, request& call) const;

    void count_rejection(rejection reason) const;

private:
    struct route_metrics;

    awaitable<response> admitted(request& call, const route& row, admission& slots) const;
    awaitable<result<response>> run(request& call, const route& row) const;
    awaitable<std::optional<error>> check_caller(request& call, const route& row) const;
    response unrouted(const request& call, const router::match& matched) const;
    void note(const request& call, const route* row, const response& reply, deadline begun) const;

    const std::string service_;
    const std::chrono::milliseconds request_timeout_;
    const router routes_;
    const authenticate_function authenticate_;
    observe::metrics& metrics_;
    std::unordered_map<const route*, std::unique_ptr<route_metrics>> by_route_;
    std::unique_ptr<route_metrics> without_route_;
    std::vector<observe::metrics::counter*> rejections_;
};

}  // namespace esm::http
