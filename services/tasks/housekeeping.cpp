// See housekeeping.hpp.
#include "services/tasks/housekeeping.hpp"

#include "platform/http/idempotency.hpp"
#include "services/tasks/task_store.hpp"
#include "services/tasks/transitions.hpp"

namespace esm::tasks {

namespace {

using namespace std::chrono_literals;

constexpr auto period = 10s;
constexpr auto patience = 5s;
constexpr std::size_t keys_a_round_max = 2000;

}  // namespace

housekeeping::housekeeping(
    async::runtime& runtime,
    db::database& database,
    observe::metrics& metrics,
    std::chrono::days retention,
    vault& files
)
    : database_(database),
      rounds_(runtime, "tasks", period, [this] { return tidy(); }),
      history_(database, retention),
      files_(files) {
    metrics.make_gauge(
        "lease_waiting_items",
        "Tasks that wait for a worker here, counted every 10 s, up to 10000.",
        {{"queue", std::string(builtin_pool)}},
        [this] { return static_cast<double>(waiting_.load()); }
    );
}

awaitable<void> housekeeping::tidy() {
    waiting_ = co_await task_store::count_waiting(database_, builtin_pool, deadline_in(patience));
    co_await http::forget_old_keys(database_, keys_a_round_max);
    co_await history_.keep();
    co_await files_.sweep();
}

}  // namespace esm::tasks
