// See quiet_hours.hpp.
#include "services/notifications/preferences/quiet_hours.hpp"

namespace esm::notifications {

namespace {

using info = absl::TimeZone::TimeInfo;

absl::CivilMinute on(absl::CivilDay day, std::chrono::minutes time) {
    return absl::CivilMinute(day) + time.count();
}

absl::Time first_shown(const absl::TimeZone& zone, absl::CivilMinute local) {
    const auto found = zone.At(absl::CivilSecond(local));
    return found.kind == info::SKIPPED ? found.trans : found.pre;
}

absl::Time last_shown(const absl::TimeZone& zone, absl::CivilMinute local) {
    const auto found = zone.At(absl::CivilSecond(local));
    return found.kind == info::SKIPPED ? found.trans : found.post;
}

// When the quiet time that `at` is in ends; nothing where it is in none.
std::optional<absl::Time> quiet_until(const quiet_hours& of, absl::Time at) {
    const auto today = absl::CivilDay(of.zone.At(at).cs);
    // A clock that is set back over midnight shows a day again that was over, and for its last minutes the
    // next day has been there already: hence one day more on each side than the clock seems to ask for.
    for (auto day = today - 2; day <= today + 1; ++day) {
        if (!of.days[static_cast<std::size_t>(absl::GetWeekday(day))]) continue;
        if (at < first_shown(of.zone, on(day, of.start))) continue;
        const auto end = last_shown(of.zone, on(of.end > of.start ? day : day + 1, of.end));
        if (at < end) return end;
    }
    return std::nullopt;
}

}  // namespace

instant_us deliverable_at(const quiet_hours& of, instant_us now) {
    if (of.start == of.end) return now;
    auto at = absl::FromUnixMicros(now);
    // At a change of the clock one quiet time may reach into the next; on any other day there is a minute
    // between them.
    while (const auto end = quiet_until(of, at)) at = *end;
    return absl::ToUnixMicros(at);
}

}  // namespace esm::notifications
