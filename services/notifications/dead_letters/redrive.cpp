// See redrive.hpp.
#include "services/notifications/dead_letters/redrive.hpp"

#include <algorithm>

#include "platform/base/json_decoder.hpp"
#include "services/notifications/delivery_lease.hpp"
#include "services/notifications/mailed_code.hpp"

namespace esm::notifications::dead_letters {

namespace {

constexpr std::size_t notifications_a_batch_max = 500;
constexpr std::size_t events_a_batch_max = 100;
constexpr std::size_t characters_a_batch_max = 2 * 1024 * 1024;
// No batch begins with less: its answer has to come in time.
constexpr std::chrono::milliseconds time_of_a_batch{1'500};
constexpr std::string_view not_there = "it is no dead letter, or not any more";

bool time_is_up(deadline until) {
    return std::chrono::steady_clock::now() + time_of_a_batch >= until;
}

// The mail would tell a code that nobody can use.
bool code_is_over(const store::dead_notification& letter, const security::master_key& key) {
    auto fields = json::parse_object(letter.model);
    if (!fields) return false;
    const auto added = add_code(*fields, key, now_us());
    return !added && added.error().code == errc::deadline_exceeded;
}

// Splits in batches of at most so many events and characters, but one event at least.
std::vector<std::vector<std::int64_t>> split(const std::vector<store::measured_event>& all) {
    std::vector<std::vector<std::int64_t>> batches;
    std::size_t characters = 0;
    for (const auto& each : all) {
        const bool is_full = batches.empty() || batches.back().size() == events_a_batch_max ||
                             characters + each.size > characters_a_batch_max;
        if (is_full) {
            batches.emplace_back();
            characters = 0;
        }
        batches.back().push_back(each.id);
        characters += each.size;
    }
    return batches;
}

void add(redrive_report& into, redrive_report part) {
    into.matched += part.matched;
    into.redriven += part.redriven;
    into.more = into.more || part.more;
    std::move(part.refused.begin(), part.refused.end(), std::back_inserter(into.refused));
}

// Only ids that somebody gave have to be accounted for: of a filter's, another process was faster.
void refuse_missing(
    const std::vector<std::int64_t>& given, const std::vector<std::int64_t>& found, redrive_report& into
) {
    for (const auto id : given) {
        if (std::binary_search(found.begin(), found.end(), id)) continue;
        into.refused.push_back({id, std::string(not_there)});
    }
}

}  // namespace

awaitable<redrive_report> redrive::run(const redrive_request& asked, deadline until) {
    auto sorted = asked;
    std::sort(sorted.ids.begin(), sorted.ids.end());
    sorted.ids.erase(std::unique(sorted.ids.begin(), sorted.ids.end()), sorted.ids.end());
    redrive_report report;
    if (sorted.kind == letter_kind::notification) {
        co_await run_notifications(sorted, until, report);
    } else {
        co_await run_events(sorted, until, report);
    }
    co_return report;
}

awaitable<void> redrive::run_notifications(
    const redrive_request& asked, deadline until, redrive_report& into
) {
    auto ids = asked.ids;
    if (ids.empty()) {
        ids = co_await store::select_notifications(deps_.database, asked.wanted, asked.limit + 1, until);
    }
    into.more = ids.size() > asked.limit;
    ids.resize(std::min(ids.size(), asked.limit));
    for (std::size_t begin = 0; begin < ids.size(); begin += notifications_a_batch_max) {
        if (begin > 0 && time_is_up(until)) {
            into.more = true;
            break;
        }
        const auto end = std::min(ids.size(), begin + notifications_a_batch_max);
        const auto at = [&](std::size_t i) { return ids.begin() + static_cast<std::ptrdiff_t>(i); };
        add(into, co_await revive({at(begin), at(end)}, asked, until));
    }
}

awaitable<redrive_report> redrive::revive(
    std::vector<std::int64_t> ids, const redrive_request& asked, deadline until
) {
    const auto work = [&](db::transaction& tx) -> awaitable<redrive_report> {
        redrive_report part;
        std::vector<std::int64_t> found, revived;
        std::vector<lease::work> leases;
        std::vector<std::string> channels;
        for (const auto& each : co_await store::lock_notifications(tx, ids)) {
            const auto& what = each.what;
            found.push_back(what.notification_id);
            if (code_is_over(each, deps_.key)) {
                part.refused.push_back({what.notification_id, "the code in it is not good any more"});
                continue;
            }
            revived.push_back(what.notification_id);
            leases.push_back(delivery_lease({what.notification_id, what.channel, what.user_id, what.recipient}
            ));
            const bool is_known = std::find(channels.begin(), channels.end(), what.channel) != channels.end();
            if (!is_known) channels.push_back(what.channel);
        }
        part.matched = static_cast<std::int64_t>(found.size());
        part.redriven = static_cast<std::int64_t>(revived.size());
        if (!asked.ids.empty()) refuse_missing(ids, found, part);
        if (asked.dry_run || revived.empty()) co_return part;
        store::revive(tx, revived);
        lease::enqueue(tx, std::move(leases));
        for (auto& channel : channels) tx.after_commit([this, channel] { deps_.wake(channel); });
        co_return part;
    };
    co_return co_await deps_.database.transact(until, work);
}

awaitable<void> redrive::run_events(const redrive_request& asked, deadline until, redrive_report& into) {
    auto chosen = asked.ids.empty()
                      ? co_await store::select_events(deps_.database, asked.wanted, asked.limit + 1, until)
                      : co_await store::measure_events(deps_.database, asked.ids, until);
    if (!asked.ids.empty()) {
        std::vector<std::int64_t> found;
        for (const auto& each : chosen) found.push_back(each.id);
        refuse_missing(asked.ids, found, into);
    }
    into.more = chosen.size() > asked.limit;
    chosen.resize(std::min(chosen.size(), asked.limit));
    for (auto& batch : split(chosen)) {
        if (into.matched > 0 && time_is_up(until)) {
            into.more = true;
            break;
        }
        const auto done = co_await apply(batch, asked.dry_run, until);
        if (done) {
            into.matched += *done;
            into.redriven += *done;
        } else {
            add(into, co_await apply_each(batch, asked, until));
        }
    }
}

// One of the batch is still poison: its neighbours are not to suffer for it.
awaitable<redrive_report> redrive::apply_each(
    const std::vector<std::int64_t>& ids, const redrive_request& asked, deadline until
) {
    redrive_report part;
    for (const auto id : ids) {
        if (time_is_up(until)) {
            part.more = true;
            break;
        }
        const auto done = co_await apply({id}, asked.dry_run, until);
        if (done) {
            part.matched += *done;
            part.redriven += *done;
            continue;
        }
        ++part.matched;
        const auto reason = storable_reason(done.error().detail);
        part.refused.push_back({id, reason});
        if (asked.dry_run) continue;
        const auto note = [&](db::transaction& tx) -> awaitable<bool> {
            store::save_reason(tx, id, reason);
            co_return true;
        };
        co_await deps_.database.transact(until, note);
    }
    co_return part;
}

awaitable<result<std::int64_t>> redrive::apply(std::vector<std::int64_t> ids, bool dry_run, deadline until) {
    std::optional<std::int64_t> would_be;
    const auto work = [&](db::transaction& tx) -> awaitable<result<std::int64_t>> {
        would_be.reset();
        auto done = co_await apply_in(tx, ids);
        if (!done || !dry_run) co_return done;
        // An error is what rolls back.
        would_be = *done;
        co_return fail(errc::conflict, "only a dry run");
    };
    std::string why;
    try {
        auto done = co_await deps_.database.transact(until, work);
        if (would_be) co_return *would_be;
        if (done) co_return done;
        why = done.error().detail.empty() ? info(done.error().code).name : done.error().detail;
    } catch (const db::query_failed& failure) {
        if (!failure.blames_data()) throw;
        why = failure.what();
    }
    co_return fail(errc::malformed_request, why);
}

awaitable<result<std::int64_t>> redrive::apply_in(db::transaction& tx, std::vector<std::int64_t> ids) {
    std::vector<events::event> all;
    std::vector<std::int64_t> done;
    for (const auto& each : co_await store::lock_events(tx, std::move(ids))) {
        auto read = to_event(each);
        if (!read) co_return read.error();
        all.push_back(std::move(*read));
        done.push_back(each.id);
    }
    if (all.empty()) co_return 0;
    std::vector<const events::event*> causes;
    for (const auto& each : all) causes.push_back(&each);
    if (const auto applied = co_await deps_.accepting.apply(tx, causes); !applied) co_return applied.error();
    store::mark_redriven(tx, done, now_us());
    co_return static_cast<std::int64_t>(done.size());
}

}  // namespace esm::notifications::dead_letters
