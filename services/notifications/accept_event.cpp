// See accept_event.hpp.
#include "services/notifications/accept_event.hpp"

#include "platform/base/json_decoder.hpp"
#include "platform/lease/lease.hpp"
#include "services/notifications/templates.hpp"

namespace esm::notifications {

namespace store = notification_store;

namespace {

bool tells_a_contact(std::string_view event_type) {
    return event_type == "user.registered.v1" || event_type == "user.updated.v1" ||
           event_type == "user.email_verified.v1";
}

}  // namespace

awaitable<result<void>> accept_event::apply(db::transaction& tx, const events::event& cause) {
    const bool contact_event = tells_a_contact(cause.type);
    const bool deletion = erase_user::tells_a_deletion(cause.type);
    if (!contact_event && !deletion && !has_rule(cause.type)) co_return result<void>();
    const auto entity = json::parse_object(cause.data);
    if (!entity) co_return entity.error();
    const auto user_id = read_user_id(*entity);
    if (!user_id) co_return user_id.error();
    if (co_await erasing_.settles(tx, cause, *user_id)) co_return result<void>();

    if (contact_event) {
        const auto known = read_contact(*entity, cause.aggregate_version);
        if (!known) co_return known.error();
        co_await learn_contact(tx, *known);
    }
    for (const auto& each : all_rules()) {
        if (each.event_type != cause.type) continue;
        const auto done = co_await notify(tx, each, cause, *user_id, *entity);
        if (!done) co_return done.error();
    }
    co_return result<void>();
}

awaitable<void> accept_event::learn_contact(db::transaction& tx, const contact& known) {
    store::save_contact(tx, known, now_us());
    co_await release(tx, known.user_id);
}

awaitable<result<void>> accept_event::notify(
    db::transaction& tx,
    const rule& by,
    const events::event& cause,
    std::int64_t user_id,
    const boost::json::object& entity
) {
    const auto fields = pick_fields(by, entity);
    store::draft given;
    given.event_id = cause.id;
    given.event_type = cause.type;
    given.channel = by.channel;
    given.user_id = user_id;
    if (!by.recipient_field.empty()) {
        auto address = read_address(entity, by.recipient_field);
        if (!address) co_return address.error();
        given.recipient = std::move(*address);
    }
    given.template_name = by.template_name;
    given.model = boost::json::serialize(fields);
    given.subject = render_subject(by.template_name, fields);
    given.correlation_id = cause.correlation_id;
    given.traceparent = cause.traceparent;
    given.created_at = now_us();
    const auto written = co_await store::insert(tx, given);
    if (!written) co_return result<void>();
    if (!written->waiting) {
        enqueue(tx, written->notification_id, given.channel);
        co_return result<void>();
    }
    // The topics are not ordered among each other. Whoever brings the contact waits for this transaction and
    // then finds the notification; if it came in just now, the notification is released here.
    if (co_await store::hold_contact(tx, user_id)) co_await release(tx, user_id);
    co_return result<void>();
}

awaitable<void> accept_event::release(db::transaction& tx, std::int64_t user_id) {
    for (auto& each : co_await store::release_waiting(tx, user_id)) {
        enqueue(tx, each.notification_id, std::move(each.channel));
    }
}

void accept_event::enqueue(db::transaction& tx, std::int64_t notification_id, std::string channel) {
    lease::enqueue(tx, {lease::work{.id = notification_id, .pool = std::move(channel)}});
    tx.after_commit(wake_);
}

}  // namespace esm::notifications
