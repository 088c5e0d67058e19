// See housekeeping.hpp.
#include "platform/db/housekeeping.hpp"

#include "platform/observe/log.hpp"

namespace esm::db {

housekeeping::housekeeping(
    async::runtime& runtime, std::string service, std::chrono::milliseconds period, round tidy
)
    : runtime_(runtime),
      service_(std::move(service)),
      period_(period),
      tidy_(std::move(tidy)),
      stopping_(runtime.executor(0)) {}

void housekeeping::start() {
    started_ = true;
    runtime_.spawn(0, "housekeeping", loop());
}

awaitable<void> housekeeping::stop() {
    if (!started_) co_return;
    stopping_.notify();
    co_await ended_.get();
}

awaitable<void> housekeeping::loop() {
    do {
        try {
            co_await tidy_();
        } catch (const std::exception& failure) {
            observe::log(
                observe::level::debug,
                "housekeeping put off",
                {{"service", service_}, {"why", std::string(failure.what())}}
            );
        }
    } while (!co_await stopping_.wait_for(period_));
    ended_.set_value(true);
}

}  // namespace esm::db
