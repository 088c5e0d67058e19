// What a service tidies up beside its work, again and again on shard 0: rows whose time is over. A round that
// fails is put off to the next.
#pragma once

#include <chrono>
#include <functional>
#include <string>

#include "platform/async/oneshot.hpp"
#include "platform/async/runtime.hpp"
#include "platform/async/signal.hpp"

namespace esm::db {

class housekeeping {
public:
    using round = std::function<awaitable<void>()>;

    // `service` names it in the log.
    housekeeping(async::runtime& runtime, std::string service, std::chrono::milliseconds period, round tidy);

    void start();
    // Waits for the round in hand.
    awaitable<void> stop();

private:
    awaitable<void> loop();

    async::runtime& runtime_;
    const std::string service_;
    const std::chrono::milliseconds period_;
    const round tidy_;
    async::signal stopping_;
    async::oneshot<bool> ended_;
    bool started_{false};
};

}  // namespace esm::db
