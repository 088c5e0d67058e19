// The request and response that services see. Beast stays inside platform/http/*.cpp.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/async/awaitable.hpp"
#include "platform/base/context.hpp"
#include "platform/base/result.hpp"
#include "platform/http/body_source.hpp"
#include "platform/http/request_body.hpp"

namespace esm::http {

using header_list = std::vector<std::pair<std::string, std::string>>;

struct request {
    std::string method;      // upper case
    std::string path;        // decoded, without the query
    std::string target;      // as it came
    std::string_view route;  // the route's pattern, "/tasks/{id}"; empty before routing
    std::vector<std::pair<std::string, std::string>> path_params;
    std::vector<std::pair<std::string, std::string>> query;  // decoded, in order
    header_list headers;                                     // names lower case
    std::string body;
    request_body* arriving{nullptr};  // in place of `body` where the route streams it
    std::string peer;                 // the client's address, after trusted proxies
    context ctx;

    // Empty when absent.
    std::string_view header(std::string_view lower_case_name) const;
    std::string_view path_param(std::string_view name) const;
    std::optional<std::string_view> query_param(std::string_view name) const;
};

struct response {
    unsigned status{200};
    header_list headers;
    std::string body;
    std::string content_type{"application/json"};
    // Let go of once the answer is written: a place among few, for an answer that needs much memory.
    std::shared_ptr<void> held{};
    // In place of `body`: what is written part by part. The request is over for admission and metrics when
    // the handler has returned; the server's streams_max counts the rest.
    std::shared_ptr<body_source> source{};
};

// `body` as JSON with the status.
response json_reply(unsigned status, const boost::json::value& body);
// `body` is already JSON text.
response json_text_reply(unsigned status, std::string body);
response text_reply(unsigned status, std::string body, std::string content_type);

// RFC 9457 problem document of an error, the one place that turns errors into HTTP: status and title from
// errors.yaml, Retry-After where the error has it (or its code says to try later: 1 s), WWW-Authenticate for
// 401.
response problem_reply(const error& cause, const request& about);

// A strong entity tag of a version number: "\"7\"".
std::string etag(std::int64_t version);

// A positive 64-bit id. One id has one name: no sign, no leading zero.
std::optional<std::int64_t> parse_id(std::string_view text);
// The path parameter as an id; errc::not_found otherwise (an id that cannot exist is not there).
result<std::int64_t> path_id(const request& from, std::string_view name);

// Parses the body: 415 unless the media type is application/json (or +json), 400 malformed_request unless an
// object.
result<boost::json::object> json_body(const request& from);

}  // namespace esm::http
