// See may_deliver.hpp.
#include "services/notifications/may_deliver.hpp"

#include "services/notifications/audience.hpp"
#include "services/notifications/suppressions/suppression.hpp"

namespace esm::notifications {

namespace {

// An inbox makes no noise, and an endpoint is a program.
bool disturbs(std::string_view channel) {
    return channel == "email" || channel == "sms" || channel == "push";
}

}  // namespace

verdict_on_delivery may_deliver(const notification_store::delivery_work& of, instant_us now) {
    const auto& what = of.what;
    // Not even what is critical reaches an address that is not there; who has unsubscribed still has it.
    const bool pressing = what.critical && of.suppressed == unsubscribed;
    if (of.suppressed && !pressing) return {{}, status::suppressed, *of.suppressed};
    if (what.recipient.empty() && what.channel == "sms")
        return {{}, status::skipped, "the user has no phone number"};
    if (what.critical || !of.wishes) return {};
    const auto wishes = read_wishes(*of.wishes);
    if (!wish_for(wishes, what.event_type, what.channel).enabled.value_or(true))
        return {{}, status::skipped, "the user has turned it off"};
    if (!wishes.quiet || !disturbs(what.channel)) return {};
    const auto at = deliverable_at(*wishes.quiet, now);
    if (at <= now) return {};
    return {at, {}, "the user's quiet hours"};
}

}  // namespace esm::notifications
