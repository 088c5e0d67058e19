// See accept_events.hpp. Contacts are locked in the order of their users, so that two batches do not wait for
// each other.
#include "services/notifications/accept_events.hpp"

#include <algorithm>
#include <tuple>

#include "platform/base/json_decoder.hpp"
#include "services/notifications/delivery_lease.hpp"
#include "services/notifications/events.hpp"
#include "services/notifications/sign_ins.hpp"

namespace esm::notifications {

namespace store = notification_store;

namespace {

bool tells_a_contact(std::string_view event_type) {
    return event_type == "user.registered.v1" || event_type == "user.updated.v1" ||
           event_type == "user.email_verified.v1";
}

std::vector<std::int64_t> sorted_users(const std::vector<incoming>& all) {
    std::vector<std::int64_t> ids;
    for (const auto& each : all) {
        if (each.user_id > 0) ids.push_back(each.user_id);
    }
    std::sort(ids.begin(), ids.end());
    ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
    return ids;
}

notification as_written(const store::draft& written, std::int64_t id) {
    notification shown;
    shown.notification_id = id;
    shown.user_id = written.user_id;
    shown.channel = written.channel;
    shown.event_id = written.event_id;
    shown.event_type = written.event_type;
    shown.subject = written.subject;
    shown.status = written.status;
    shown.created_at = written.created_at;
    if (written.status == status::sent) shown.sent_at = written.created_at;
    shown.error_message = written.error_message;
    shown.correlation_id = written.correlation_id;
    shown.traceparent = written.traceparent;
    shown.critical = written.critical;
    shown.content = written.content;
    shown.resend_of = written.resend_of;
    return shown;
}

}  // namespace

awaitable<result<void>> accept_events::apply(
    db::transaction& tx, const std::vector<const events::event*>& causes
) {
    const auto texts = co_await deps_.texts.current();
    const bool for_webhooks = co_await has_webhooks(tx);
    auto read_all = read(*texts, causes, for_webhooks);
    if (!read_all) co_return read_all.error();
    auto& all = *read_all;
    if (all.empty()) co_return result<void>();
    co_await drop_erased(tx, all);
    if (const auto learnt = co_await learn_contacts(tx, all); !learnt) co_return learnt.error();
    co_await sign_ins::add_new(tx, texts->rules, all);
    const auto written = co_await write_messages(tx, *texts, all, for_webhooks);
    if (!written) co_return written.error();
    co_return result<void>();
}

awaitable<result<std::vector<std::int64_t>>> accept_events::imitate(
    db::transaction& tx, const events::event& cause, boost::json::object fields, std::int64_t user_id
) {
    const auto texts = co_await deps_.texts.current();
    const auto* by = texts->rules.find(cause.type);
    if (by == nullptr) co_return fail(errc::validation_failed, "there is no rule for " + cause.type);
    const batch all{{&cause, by, cause.type, std::move(fields), user_id}};
    co_return co_await write_messages(tx, *texts, all, false);
}

awaitable<result<std::vector<std::int64_t>>> accept_events::write_messages(
    db::transaction& tx, const catalogue::snapshot& texts, const batch& all, bool for_webhooks
) {
    const auto members = co_await load_audience(tx, sorted_users(all), for_webhooks);
    std::vector<store::draft> drafts;
    std::vector<drafted> digests;
    for (const auto& each : all) {
        auto made = draft_messages({texts, deps_.public_url, now_us()}, each, members);
        if (!made) co_return made.error();
        for (auto& one : *made) {
            if (one.digest > std::chrono::minutes(0)) {
                digests.push_back(std::move(one));
            } else {
                drafts.push_back(std::move(one.what));
            }
        }
    }
    std::vector<std::int64_t> ids;
    for (const auto& each : co_await write(tx, drafts)) {
        if (each) ids.push_back(*each);
    }
    for (const auto each : co_await gather(tx, std::move(digests))) ids.push_back(each);
    co_return ids;
}

result<accept_events::batch> accept_events::read(
    const catalogue::snapshot& texts, const std::vector<const events::event*>& causes, bool for_webhooks
) const {
    batch all;
    for (const auto* cause : causes) {
        const bool is_deletion = erase_user::tells_a_deletion(cause->type);
        // Nobody is left whom a rule could write to.
        const auto* by = is_deletion ? nullptr : texts.rules.find(cause->type);
        const bool known = by != nullptr || is_deletion || tells_a_contact(cause->type) ||
                           sign_ins::tells_a_login(cause->type);
        if (!known && !for_webhooks) continue;
        auto entity = json::parse_object(cause->data);
        if (!entity) return entity.error();
        const auto user_id = read_user_id(*entity, by != nullptr ? by->user_field : "userId");
        if (!user_id && known) return user_id.error();
        all.push_back({cause, by, cause->type, std::move(*entity), user_id ? *user_id : 0});
    }
    return all;
}

awaitable<void> accept_events::drop_erased(db::transaction& tx, batch& all) {
    for (auto& each : all) {
        if (!erase_user::tells_a_deletion(each.event_type)) continue;
        co_await deps_.erasing.begin(tx, each.user_id);
        // It is about nobody from now on: only endpoints for everybody's events hear of it.
        each.user_id = 0;
    }
    const auto gone = co_await personal_data::erased_among(tx, sorted_users(all));
    if (gone.empty()) co_return;
    std::erase_if(all, [&](const incoming& each) {
        return std::find(gone.begin(), gone.end(), each.user_id) != gone.end();
    });
}

awaitable<result<void>> accept_events::learn_contacts(db::transaction& tx, const batch& all) {
    std::vector<contact> learnt;
    for (const auto& each : all) {
        if (!tells_a_contact(each.event_type)) continue;
        auto known = read_contact(each.entity, each.cause->aggregate_version);
        if (!known) co_return known.error();
        learnt.push_back(std::move(*known));
    }
    std::sort(learnt.begin(), learnt.end(), [](const contact& a, const contact& b) {
        return std::tie(a.user_id, a.version) < std::tie(b.user_id, b.version);
    });
    for (const auto& each : learnt) store::save_contact(tx, each, now_us());
    for (const auto& each : learnt) co_await release(tx, each.user_id);
    co_return result<void>();
}

awaitable<std::vector<std::optional<std::int64_t>>> accept_events::write(
    db::transaction& tx, const std::vector<store::draft>& drafts
) {
    auto ids = co_await store::insert_all(tx, drafts);
    std::vector<lease::work> leases;
    std::vector<events::event> published;
    std::vector<std::int64_t> waiting, inboxes;
    std::vector<std::string> channels;
    for (std::size_t i = 0; i < drafts.size(); ++i) {
        const auto& each = drafts[i];
        if (!ids[i]) continue;
        if (each.status == status::sent) {
            published.push_back(notification_ended(as_written(each, *ids[i])));
            inboxes.push_back(each.user_id);
        } else if (is_final(each.status)) {
            published.push_back(notification_ended(as_written(each, *ids[i])));
        } else if (each.waiting) {
            waiting.push_back(each.user_id);
        } else {
            leases.push_back(delivery_lease(
                {*ids[i], each.channel, each.user_id, each.recipient, each.deliver_at.value_or(0)}
            ));
            if (std::find(channels.begin(), channels.end(), each.channel) == channels.end()) {
                channels.push_back(each.channel);
            }
        }
    }
    if (!leases.empty()) lease::enqueue(tx, std::move(leases));
    if (!published.empty()) deps_.outbox.append(tx, std::move(published));
    for (auto& channel : channels) tx.after_commit([this, channel] { deps_.wake(channel); });
    for (const auto user_id : inboxes) tx.after_commit([this, user_id] { deps_.inbox_changed(user_id); });
    co_await hold_waiting(tx, std::move(waiting));
    co_return ids;
}

// One after the other: the first of a key opens the digest that the next one joins.
awaitable<std::vector<std::int64_t>> accept_events::gather(
    db::transaction& tx, std::vector<drafted> digests
) {
    std::vector<std::int64_t> ids;
    std::sort(digests.begin(), digests.end(), [](const drafted& a, const drafted& b) {
        return std::tie(a.what.user_id, a.what.event_id) < std::tie(b.what.user_id, b.what.event_id);
    });
    for (const auto& each : digests) {
        const auto& what = each.what;
        co_await store::hold_contact(tx, what.user_id);
        auto id = co_await store::add_to_digest(tx, what.digest_key);
        if (!id) {
            const std::vector<store::draft> first{what};
            id = (co_await write(tx, first)).front();
        }
        if (!id) continue;
        store::insert_item(tx, *id, what.event_id, what.subject, what.created_at);
        ids.push_back(*id);
    }
    co_return ids;
}

// The topics are not ordered among each other. Whoever brings the contact waits for this transaction and then
// finds the notification; if it came in just now, the notification is released here.
awaitable<void> accept_events::hold_waiting(db::transaction& tx, std::vector<std::int64_t> user_ids) {
    std::sort(user_ids.begin(), user_ids.end());
    user_ids.erase(std::unique(user_ids.begin(), user_ids.end()), user_ids.end());
    for (const auto user_id : user_ids) {
        if (co_await store::hold_contact(tx, user_id)) co_await release(tx, user_id);
    }
}

awaitable<void> accept_events::release(db::transaction& tx, std::int64_t user_id) {
    std::vector<lease::work> leases;
    for (const auto& each : co_await store::release_waiting(tx, user_id)) {
        leases.push_back(delivery_lease(each));
        tx.after_commit([this, channel = each.channel] { deps_.wake(channel); });
    }
    if (!leases.empty()) lease::enqueue(tx, std::move(leases));
}

}  // namespace esm::notifications
