// See record_outcome.hpp.
#include "services/notifications/record_outcome.hpp"

#include <unordered_map>

#include "services/notifications/events.hpp"
#include "services/notifications/reports/settle.hpp"

namespace esm::notifications {

record_outcome::record_outcome(
    async::runtime& runtime, db::database& target, outbox::outbox& outbox, bury_recipient on_gone
)
    : outbox_(outbox),
      on_gone_(std::move(on_gone)),
      lanes_(
          runtime,
          target,
          [this](db::transaction& tx, std::vector<outcome>& items) { return write(tx, items); },
          {}
      ) {}

awaitable<std::vector<recorded>> record_outcome::write(db::transaction& tx, std::vector<outcome>& items) {
    auto answers = co_await end_leases(tx, items);
    std::vector<notification_store::ended_delivery> ended;
    std::vector<events::event> published;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (answers[i] != recorded::yes) continue;
        auto& made = items[i].made;
        // An inbox shows it from now on, however long the database was away.
        if (made.after.channel == "in_app" && made.after.status == status::sent)
            made.after.sent_at = now_us();
        ended.push_back({made.after, made.log});
        if (made.recipient_gone) on_gone_(tx, made.after);
        if (is_final(made.after.status)) published.push_back(notification_ended(made.after));
    }
    const auto early = co_await take_early_reports(tx, ended);
    if (!ended.empty()) notification_store::record(tx, ended);
    if (!published.empty()) outbox_.append(tx, std::move(published));
    for (const auto& [after, told] : early) settle(tx, outbox_, after, told);
    co_return answers;
}

// Only text messages are reported on.
awaitable<std::vector<record_outcome::reported>> record_outcome::take_early_reports(
    db::transaction& tx, const std::vector<notification_store::ended_delivery>& ended
) {
    std::vector<std::string> provider_ids;
    std::unordered_map<std::string, const notification*> sent;
    for (const auto& [after, log] : ended) {
        if (after.channel != "sms" || after.status != status::sent || !after.provider_id) continue;
        if (sent.emplace(*after.provider_id, &after).second) provider_ids.push_back(*after.provider_id);
    }
    std::vector<reported> early;
    for (auto& each : co_await report_store::take_early(tx, "sms", provider_ids)) {
        early.push_back({*sent.at(each.provider_id), std::move(each)});
    }
    co_return early;
}

awaitable<std::vector<recorded>> record_outcome::end_leases(
    db::transaction& tx, const std::vector<outcome>& items
) {
    std::vector<recorded> answers(items.size(), recorded::lease_lost);
    std::vector<lease::held> finished, again;
    std::vector<std::size_t> finished_at, again_at;
    std::vector<std::chrono::milliseconds> delays;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const auto& made = items[i].made;
        const bool ends = is_final(made.after.status);
        (ends ? finished : again).push_back(items[i].item);
        (ends ? finished_at : again_at).push_back(i);
        if (!ends) delays.push_back(made.delay);
    }
    const auto note = [&answers](const auto& held, const std::vector<std::size_t>& places) {
        for (std::size_t i = 0; i < places.size(); ++i) {
            if (held[i]) answers[places[i]] = recorded::yes;
        }
    };
    note(co_await lease::release(tx, again, delays), again_at);
    note(co_await lease::complete(tx, finished), finished_at);
    co_return answers;
}

}  // namespace esm::notifications
