// See gauge.hpp.
#include "services/notifications/dead_letters/gauge.hpp"

#include "services/notifications/dead_letters/store.hpp"

namespace esm::notifications::dead_letters {

namespace {

constexpr std::chrono::milliseconds period{15'000};
constexpr std::chrono::milliseconds query_timeout{5'000};
// More need no exact number, and counting them would cost.
constexpr std::int64_t counted_max = 10'000;

}  // namespace

gauge::gauge(async::runtime& runtime, db::database& database, observe::metrics& metrics)
    : database_(database),
      counted_(std::make_shared<counted>()),
      rounds_(runtime, "notifications", period, [this] { return count(); }) {
    const auto show = [&](const char* kind, std::atomic<std::int64_t> counted::* field) {
        const auto help = fmt::format("Dead letters of the whole service, counted up to {}.", counted_max);
        metrics.make_gauge("notification_dead_letters", help, {{"kind", kind}}, [kept = counted_, field] {
            return static_cast<double>(((*kept).*field).load());
        });
    };
    show("notification", &counted::notifications);
    show("event", &counted::events);
}

awaitable<void> gauge::count() {
    const auto now = co_await store::count(database_, counted_max, deadline_in(query_timeout));
    counted_->notifications = now.notifications;
    counted_->events = now.events;
}

}  // namespace esm::notifications::dead_letters
