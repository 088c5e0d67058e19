// The main job, step by step, against a running system: what `esm demo` shows. Each step prints one line with
// its latency; the first that fails ends the demo.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "app/http_client.hpp"
#include "platform/async/runtime.hpp"
#include "platform/events/event_log.hpp"

namespace esm::app {

struct demo_system {
    std::string users_url, auth_url, tasks_url, notifications_url;  // without a trailing slash
    std::string auth_grpc_target;
    std::string mailbox;                         // folder of .eml files
    std::function<std::string()> service_token;  // for internal calls; blocks
};

// Collects what is published while the demo runs, as a consumer of its own group.
class event_collector {
public:
    event_collector(async::runtime& runtime, events::event_log& log);
    ~event_collector();

    // Waits until events of all `types` were seen with this key (any key where empty) and correlation id.
    bool wait_for(
        const std::vector<std::string>& types,
        const std::string& key,
        const std::string& correlation_id,
        std::chrono::milliseconds patience
    );

private:
    struct state;
    std::shared_ptr<state> state_;
};

// Prints the steps, the mails received and the closing line; answers how many failed (0 or 1).
int run_demo(const demo_system& system, event_collector& seen);

}  // namespace esm::app
