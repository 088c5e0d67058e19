// See manage_endpoints.hpp.
#include "services/notifications/endpoints/manage_endpoints.hpp"

#include "platform/base/random.hpp"
#include "services/notifications/own_things.hpp"
#include "services/notifications/webhooks/signature.hpp"

namespace esm::notifications {

namespace {

using endpoint_store::endpoint;

constexpr std::chrono::microseconds secrets_overlap = std::chrono::hours(24);
constexpr const char* turned_off = "its owner has turned it off";

awaitable<result<endpoint>> lock_own(
    db::transaction& tx, std::int64_t user_id, std::int64_t webhook_id, const check_endpoint& check
) {
    auto found = co_await endpoint_store::lock(tx, webhook_id);
    if (!found || found->user_id != user_id) co_return no_such_webhook(webhook_id);
    if (const auto allowed = check(*found); !allowed) co_return allowed.error();
    co_return std::move(*found);
}

void apply(const endpoint_change& wanted, endpoint& to) {
    if (wanted.url) to.url = *wanted.url;
    if (wanted.event_types) to.event_types = *wanted.event_types;
    if (wanted.description) to.description = *wanted.description;
    if (!wanted.enabled) return;
    if (*wanted.enabled) {
        to.disabled_reason.reset();
    } else if (!to.disabled_reason) {
        to.disabled_reason = turned_off;
    }
}

}  // namespace

awaitable<result<endpoint_with_secret>> manage_endpoints::create(db::transaction& tx, endpoint wanted) const {
    if (const auto held = co_await hold_owner(tx, wanted.user_id); !held) co_return held.error();
    if (co_await endpoint_store::count(tx, wanted.user_id) >= own_things_max) co_return too_many("webhooks");
    wanted.created_at = now_us();
    auto secret = make_webhook_secret();
    wanted.webhook_id = co_await endpoint_store::insert(tx, key_, wanted, secret);
    co_return endpoint_with_secret{std::move(wanted), std::move(secret)};
}

awaitable<result<endpoint>> manage_endpoints::change(
    db::transaction& tx,
    std::int64_t user_id,
    std::int64_t webhook_id,
    const endpoint_change& wanted,
    const check_endpoint& check
) const {
    const auto before = co_await lock_own(tx, user_id, webhook_id, check);
    if (!before) co_return before.error();
    auto after = *before;
    apply(wanted, after);
    if (after == *before) co_return after;
    after.version += 1;
    endpoint_store::update(tx, after);
    co_return after;
}

awaitable<result<void>> manage_endpoints::remove(
    db::transaction& tx, std::int64_t user_id, std::int64_t webhook_id, const check_endpoint& check
) const {
    const auto found = co_await lock_own(tx, user_id, webhook_id, check);
    if (!found) co_return found.error();
    endpoint_store::remove(tx, webhook_id);
    co_return result<void>();
}

awaitable<result<endpoint_with_secret>> manage_endpoints::rotate(
    db::transaction& tx, std::int64_t user_id, std::int64_t webhook_id, const check_endpoint& check
) const {
    auto found = co_await lock_own(tx, user_id, webhook_id, check);
    if (!found) co_return found.error();
    auto secret = make_webhook_secret();
    found->version += 1;
    found->previous_until = now_us() + secrets_overlap.count();
    endpoint_store::rotate(tx, key_, webhook_id, secret, *found->previous_until);
    co_return endpoint_with_secret{std::move(*found), std::move(secret)};
}

awaitable<result<std::int64_t>> manage_endpoints::send_test(
    db::transaction& tx, const trace_context& trace, std::int64_t user_id, std::int64_t webhook_id
) const {
    const auto found =
        co_await lock_own(tx, user_id, webhook_id, [](const endpoint&) { return result<void>(); });
    if (!found) co_return found.error();
    if (found->disabled_reason) {
        co_return fail(errc::conflict, "the webhook is disabled: " + *found->disabled_reason);
    }
    notification_store::draft message;
    message.event_id = make_uuid();
    message.event_type = webhook_test_type;
    message.channel = "webhook";
    message.recipient_key = fmt::format("webhook:{}", webhook_id);
    message.user_id = user_id;
    message.model = boost::json::serialize(boost::json::object{{"webhookId", webhook_id}});
    message.subject = webhook_test_type;
    message.recipient = std::to_string(webhook_id);
    message.correlation_id = trace.correlation_id;
    message.traceparent = trace.traceparent;
    message.created_at = now_us();
    message.critical = true;
    const std::vector<notification_store::draft> drafts{std::move(message)};
    const auto ids = co_await accepting_.write(tx, drafts);
    co_return ids.front().value();
}

error no_such_webhook(std::int64_t webhook_id) {
    return fail(errc::not_found, fmt::format("no webhook has id {}", webhook_id));
}

}  // namespace esm::notifications
