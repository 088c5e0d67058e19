// See webhook_channel.hpp.
#include "services/notifications/webhooks/webhook_channel.hpp"

#include "platform/base/clock.hpp"
#include "services/notifications/provider_reply.hpp"
#include "services/notifications/webhooks/signature.hpp"

namespace esm::notifications {

std::string webhook_body(const notification& what, const boost::json::object& event) {
    return boost::json::serialize(boost::json::object{
        {"type", what.event_type},
        {"timestamp", format_instant(what.created_at)},
        {"data", event},
    });
}

send_answer judge_webhook(const fetch::reply& got) {
    if (const auto none = judge_silence(got, send_outcome::try_later)) return *none;
    if (got.status >= 200 && got.status < 300) return answer_with(send_outcome::accepted, got);
    if (got.status == 410) return answer_with(send_outcome::gone, got);
    return answer_with(send_outcome::try_later, got);
}

webhook_channel::webhook_channel(fetch::courier& courier, find_endpoint find, webhook_options options)
    : courier_(courier), find_(std::move(find)), options_(std::move(options)) {}

awaitable<send_answer> webhook_channel::send(outgoing message) {
    const auto id = destination_id(message.what.recipient);
    const auto to = id ? co_await find_(*id) : std::optional<webhook_endpoint>();
    if (!to) co_return send_answer{send_outcome::gone, "the endpoint was removed", {}};
    if (to->disabled_reason) {
        co_return send_answer{send_outcome::refused, "the endpoint is disabled: " + *to->disabled_reason, {}};
    }
    auto call = make_call(message, *to);
    if (!call) co_return send_answer{send_outcome::refused, call.error().detail, {}};
    const auto got = co_await courier_.send(std::move(*call));
    co_return judge_webhook(got);
}

result<fetch::call> webhook_channel::make_call(const outgoing& message, const webhook_endpoint& to) const {
    fetch::call call;
    call.url = to.url;
    call.body = webhook_body(message.what, message.event);
    const auto id = fmt::format("msg_{}", message.what.notification_id);
    const auto now_s = now_us() / 1'000'000;
    std::vector<std::string> secrets{to.secret};
    if (to.previous_secret) secrets.push_back(*to.previous_secret);
    auto signature = sign_webhook({id, now_s, call.body}, secrets);
    if (!signature) return signature.error();
    call.headers = {
        {"content-type", "application/json"},
        {"user-agent", options_.user_agent},
        {"webhook-id", id},
        {"webhook-timestamp", std::to_string(now_s)},
        {"webhook-signature", std::move(*signature)},
    };
    call.timeout = options_.timeout;
    call.strangers = true;
    return call;
}

}  // namespace esm::notifications
