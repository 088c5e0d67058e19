// A blocking HTTP client for commands (not for services): one request, one answer, over libcurl.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace esm::app {

struct http_answer {
    long status{0};                              // 0: no answer, `error` says why
    std::map<std::string, std::string> headers;  // names lower case
    std::string body;
    std::string error;
};

struct http_call {
    std::string method{"GET"};
    std::string url;
    std::vector<std::string> headers;  // "Name: value"
    std::string body;
    long timeout_ms{10'000};
};

http_answer send(const http_call& call);

}  // namespace esm::app
