// See delivery_policy.hpp.
#include "services/notifications/delivery_policy.hpp"

#include <algorithm>

namespace esm::notifications {

namespace {

// A delay of nothing would ask a busy server again at once.
constexpr std::chrono::milliseconds delay_min{50};

// 1 s · 2^n with full jitter, capped (n from 0), or the policy's own steps.
std::chrono::milliseconds backoff(const delivery_policy& policy, std::int64_t refusals, double dice) {
    if (!policy.steps.empty()) {
        const auto last = static_cast<std::int64_t>(policy.steps.size()) - 1;
        const auto step =
            policy.steps[static_cast<std::size_t>(std::clamp<std::int64_t>(refusals - 1, 0, last))];
        const auto jittered = static_cast<double>(step.count()) * (0.9 + 0.2 * dice);
        return std::chrono::milliseconds(static_cast<std::int64_t>(jittered));
    }
    const auto doublings = std::clamp<std::int64_t>(refusals - 1, 0, 30);
    const auto ceiling = std::min(policy.backoff_max, policy.backoff_first * (std::int64_t{1} << doublings));
    const auto jittered = static_cast<std::int64_t>(dice * static_cast<double>(ceiling.count()));
    return std::max(delay_min, std::chrono::milliseconds(jittered));
}

bool counts(
    const notification& before, const send_answer& answer, instant_us now, const delivery_policy& policy
) {
    // Each attempt that may have arrived may be one more copy: those must not go on for a day.
    if (answer.outcome == send_outcome::try_later || answer.may_have_arrived) return true;
    const auto grace = std::chrono::microseconds(policy.away_grace).count();
    return answer.outcome == send_outcome::away && now - before.created_at >= grace;
}

}  // namespace

decision decide(
    const notification& before,
    const std::vector<tried>& tries,
    const delivery_policy& policy,
    std::chrono::milliseconds pause,
    double dice
) {
    decision made;
    made.after = before;
    made.after.version += 1;
    for (const auto& each : tries) {
        made.after.attempts += 1;
        made.log.push_back(
            {made.after.attempts, each.started_at, each.finished_at, "retry", each.answer.text, each.provider}
        );
    }
    const auto& answer = tries.back().answer;
    const auto now = tries.back().finished_at;
    auto& log = made.log.back();
    if (counts(before, answer, now, policy)) made.after.refusals += 1;
    if (!answer.provider_id.empty()) made.after.provider_id = answer.provider_id;

    const bool used_up = made.after.refusals >= policy.attempts_max;
    if (answer.outcome == send_outcome::accepted) {
        made.after.status = status::sent;
        made.after.sent_at = now;
        made.after.error_message.reset();
        log.outcome = "sent";
    } else if (answer.outcome == send_outcome::refused || answer.outcome == send_outcome::gone || used_up) {
        made.recipient_gone = answer.outcome == send_outcome::gone;
        made.after.status = status::failed;
        made.after.error_message = answer.text;
        log.outcome = "failed";
    } else {
        made.after.status = status::retrying;
        made.after.error_message = answer.text;
        const bool rests = answer.outcome == send_outcome::away && !answer.may_have_arrived;
        made.delay = rests ? pause : backoff(policy, made.after.refusals, dice);
        // The server's own wait, where ours is not longer: it may name the same few seconds again and again.
        if (answer.retry_after) made.delay = std::max(made.delay, *answer.retry_after);
    }
    return made;
}

decision end_unsent(const notification& before, status reached, std::string reason) {
    decision made;
    made.after = before;
    made.after.version += 1;
    made.after.status = reached;
    made.after.error_message = std::move(reason);
    return made;
}

}  // namespace esm::notifications
