// One running `esm`: the chosen services with what they share, from start to a graceful end. Also used by
// `esm demo`, which runs a whole embedded system inside itself.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "app/wiring.hpp"

namespace esm::app {

class process {
public:
    // `services`: names out of service_names. Throws config::invalid_configuration, data_folder_unusable.
    process(esm::config::values values, std::vector<std::string> services);
    ~process();

    // Migrates and opens everything. False when stop_starting was called meanwhile. Throws when a port is in
    // use.
    bool start();
    // Ends a start() that waits for a database; from a signal handler's thread.
    void stop_starting() { stopping_ = true; }
    // Finishes what was accepted, within system.shutdown_timeout.
    void stop();

    const std::vector<std::unique_ptr<hosted>>& services() const { return hosted_; }
    // Null when the service is not in this process.
    hosted* find(std::string_view service) const;
    shared_parts& shared() { return shared_; }

    static const std::vector<std::string>& service_names();

private:
    void wire(const std::vector<std::string>& services);
    security::fetch_keys key_source();
    security::find_holder holder_source();
    grpc_client::token_function service_token_source();
    void follow_revocations();
    void await_revocations();
    awaitable<result<std::string>> local_keys();

    shared_parts shared_;
    std::optional<auth_parts> auth_parts_;
    std::vector<std::unique_ptr<hosted>> hosted_;
    neighbours neighbours_;
    std::atomic<bool> stopping_{false};
    bool started_{false};
};

}  // namespace esm::app
