// See housekeeping.hpp.
#include "services/tasks/housekeeping.hpp"

#include "platform/http/idempotency.hpp"
#include "platform/observe/log.hpp"
#include "services/tasks/create_task.hpp"
#include "services/tasks/task_store.hpp"

namespace esm::tasks {

namespace {

using namespace std::chrono_literals;

constexpr auto period = 10s;
constexpr auto patience = 5s;
constexpr std::size_t keys_a_round_max = 2000;

}  // namespace

housekeeping::housekeeping(async::runtime& runtime, db::database& database, observe::metrics& metrics)
    : runtime_(runtime), database_(database), stopping_(runtime.executor(0)) {
    metrics.make_gauge(
        "lease_waiting_items",
        "Tasks that wait for a worker here, counted every 10 s, up to 10000.",
        {{"queue", std::string(builtin_queue)}},
        [this] { return static_cast<double>(waiting_.load()); }
    );
}

void housekeeping::start() {
    started_ = true;
    runtime_.spawn(0, "tasks housekeeping", loop());
}

awaitable<void> housekeeping::stop() {
    if (!started_) co_return;
    stopping_.notify();
    co_await ended_.get();
}

awaitable<void> housekeeping::loop() {
    do {
        try {
            co_await tidy();
        } catch (const std::exception& failure) {
            observe::log(
                observe::level::debug, "housekeeping put off", {{"service", "tasks"}, {"why", failure.what()}}
            );
        }
    } while (!co_await stopping_.wait_for(period));
    ended_.set_value(true);
}

awaitable<void> housekeeping::tidy() {
    waiting_ = co_await task_store::count_waiting(database_, builtin_queue, deadline_in(patience));
    co_await http::forget_old_keys(database_, keys_a_round_max);
}

}  // namespace esm::tasks
