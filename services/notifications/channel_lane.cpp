// See channel_lane.hpp. The channel is a queue of the lease tables as well: its rate holds for all processes.
#include "services/notifications/channel_lane.hpp"

#include "platform/base/random.hpp"
#include "platform/lease/queues.hpp"
#include "platform/observe/log.hpp"

namespace esm::notifications {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds query_timeout{10'000};

lease::worker_options worker_options_of(const channel_lane_options& from) {
    lease::worker_options options;
    options.owner = process_name();
    options.pool = from.channel;
    options.slots_max = from.slots_max;
    options.lease = from.lease;
    options.channel = "notifications_" + from.channel;
    // Another process must not send what this one may still be sending.
    options.keeps_unended = true;
    return options;
}

}  // namespace

channel_lane::channel_lane(
    channel_lane_deps deps,
    channel_lane_options options,
    std::unique_ptr<channel> primary,
    std::unique_ptr<channel> standby
)
    : deps_(std::move(deps)),
      options_(std::move(options)),
      carriers_(std::move(primary), std::move(standby), options_.breaker),
      delivering_(
          {deps_.runtime,
           deps_.database,
           deps_.outbox,
           deps_.metrics,
           carriers_,
           deps_.making,
           deps_.on_gone,
           deps_.inbox_changed},
          {options_.channel, options_.policy}
      ),
      worker_(
          deps_.runtime,
          deps_.database,
          worker_options_of(options_),
          {.on_claim = [this](
                           db::transaction& tx, const std::vector<lease::held>& items
                       ) { return delivering_.claimed(tx, items); },
           .on_give_back = &deliver::given_back},
          [this](lease::held item, std::shared_ptr<lease::progress_token> token) {
              return delivering_.run(std::move(item), std::move(token));
          }
      ) {
    lease::show(deps_.metrics, options_.channel, [this] { return worker_.stats(); });
    deps_.metrics.make_gauge(
        "notification_channel_paused",
        "1 while no provider of the channel can be reached.",
        {{"channel", options_.channel}},
        [this] { return carriers_.are_away() ? 1.0 : 0.0; }
    );
}

void channel_lane::start(unsigned shard) {
    deps_.runtime.spawn(shard, "the rate of " + options_.channel, apply_rate());
    worker_.start(shard);
}

// A queue keeps the rate it was given last: the one configured, or none.
awaitable<void> channel_lane::apply_rate() {
    try {
        co_await deps_.database.transact(
            deadline_in(query_timeout),
            [this](db::transaction& tx) -> awaitable<bool> {
                lease::limit_queue(tx, options_.channel, std::nullopt, options_.rate_per_minute);
                co_return true;
            }
        );
    } catch (const std::exception& failure) {
        observe::log(
            observe::level::error,
            "the rate of a channel cannot be set: it has the one it had before",
            {{"service", std::string("notifications")},
             {"channel", options_.channel},
             {"error", std::string(failure.what())}}
        );
    }
}

void channel_lane::stop_taking() {
    worker_.stop_claiming();
    carriers_.stop_waiting();
}

awaitable<void> channel_lane::drain(deadline until) {
    co_await worker_.drain(until);
}

void channel_lane::stop_sending() {
    delivering_.stop();
    carriers_.stop_sending();
}

awaitable<void> channel_lane::stop(deadline until) {
    co_await worker_.stop(until);
}

}  // namespace esm::notifications
