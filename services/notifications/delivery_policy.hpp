// What an attempt's answer means for its notification: sent, once more after a while, or failed. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "services/notifications/channel.hpp"
#include "services/notifications/notification.hpp"

namespace esm::notifications {

struct delivery_policy {
    std::int64_t attempts_max{30};
    std::chrono::milliseconds backoff_first{1'000}, backoff_max{300'000};
    // In their place: the wait after each refusal, a tenth more or less.
    std::vector<std::chrono::milliseconds> steps{};
    // As long as the notification is younger, a channel that is away does not count as a refusal.
    std::chrono::hours away_grace{24};
};

// What one provider made of it.
struct tried {
    std::string provider;  // "primary", or "fallback" in its place
    instant_us started_at{0}, finished_at{0};
    send_answer answer;
};

struct decision {
    notification after;        // status, attempts, refusals, error, sent_at and version are the new ones
    std::vector<attempt> log;  // those that were made
    std::chrono::milliseconds delay{0};  // until the next attempt, where one follows
    bool recipient_gone{false};          // no later message shall go there
};

// The end of a notification that nobody was asked to send: suppressed or skipped.
decision end_unsent(const notification& before, status reached, std::string reason);

// `tries`, one at least: all but the last were in vain. `dice` in [0, 1] is the jitter; `pause` how long the
// channel rests where it is away.
decision decide(
    const notification& before,
    const std::vector<tried>& tries,
    const delivery_policy& policy,
    std::chrono::milliseconds pause,
    double dice
);

}  // namespace esm::notifications
