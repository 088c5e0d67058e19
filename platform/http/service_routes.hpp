// The routes every service has: /health, /livez, /readyz, /metrics, /openapi.yaml, /docs (a reference page
// that needs no network). `readyz` names each dependency; 503 when a required one is away, 200 "degraded"
// when only optional ones are.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/http/router.hpp"
#include "platform/observe/metrics.hpp"

namespace esm::http {

struct dependency {
    std::string name;  // "database", "kafka"
    bool required{true};
    std::function<awaitable<bool>(deadline until)> is_ready;
};

struct service_info {
    std::string service;            // "tasks"
    std::string_view openapi_yaml;  // the embedded contract
    std::string_view openapi_json;  // the same, for the reference page
    std::vector<dependency> dependencies;
};

// `info` and `metrics` must outlive the server.
std::vector<route> service_routes(const service_info& info, observe::metrics& metrics);

}  // namespace esm::http
