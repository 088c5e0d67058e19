// The gauges of a consumer; see consumer.hpp.
#include "platform/events/consumer.hpp"

namespace esm::events {

void show(observe::metrics& metrics, const std::string& group, const consumer& shown) {
    const auto gauge = [&](const char* name, const char* help, std::int64_t consumer_stats::* field) {
        metrics.make_gauge(name, help, {{"group", group}}, [&shown, field] {
            return static_cast<double>(shown.stats().*field);
        });
    };
    gauge("consumer_lag_events", "Events not yet consumed; -1 when unknown.", &consumer_stats::lag);
    gauge("consumer_applied_events", "Events applied since start.", &consumer_stats::applied);
    gauge("consumer_duplicate_events", "Duplicates dropped since start.", &consumer_stats::duplicates);
    gauge("consumer_dead_events", "Events sent to the dead letters since start.", &consumer_stats::dead);
}

}  // namespace esm::events
