// See web_push.hpp.
#include "services/notifications/push/web_push.hpp"

#include "platform/base/clock.hpp"
#include "services/notifications/provider_reply.hpp"
#include "services/notifications/push/web_push_encryption.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t location_characters_max = 500;

}  // namespace

send_answer judge_web_push(const fetch::reply& got) {
    if (const auto none = judge_silence(got, send_outcome::try_later)) return *none;
    const auto status = got.status;
    if (status >= 200 && status < 300) {
        auto accepted = answer_with(send_outcome::accepted, got);
        // RFC 8030 section 5: the message's own resource.
        accepted.provider_id = visible_text(got.header("location"), location_characters_max);
        return accepted;
    }
    // RFC 8030 section 7.3: a subscription that has expired or that its user took back.
    if (status == 404 || status == 410) return answer_with(send_outcome::gone, got);
    const bool for_the_moment = status == 408 || status == 429 || status >= 500;
    return answer_with(for_the_moment ? send_outcome::try_later : send_outcome::refused, got);
}

web_push::web_push(fetch::courier& courier, vapid& sender, web_push_options options)
    : courier_(courier), sender_(sender), options_(std::move(options)) {}

awaitable<send_answer> web_push::send(push_message message, web_push_subscription to) {
    auto made = make_call(std::move(message), to);
    // The keys or the URL that were stored are broken: no message ever gets through.
    if (!made) co_return send_answer{send_outcome::gone, made.error().detail, {}};
    const auto got = co_await courier_.send(std::move(*made));
    co_return judge_web_push(got);
}

result<fetch::call> web_push::make_call(push_message message, const web_push_subscription& to) {
    auto authorization = sender_.authorization(to.endpoint, now_us() / 1'000'000);
    if (!authorization) return authorization.error();
    // RFC 8030 section 5.4: what is tried again takes the place of what a service holds already.
    const auto topic = fmt::format("n{}", message.notification_id);
    auto body = encrypt_push(to, web_payload(std::move(message), push_plaintext_max_bytes));
    if (!body) return body.error();
    fetch::call call;
    call.url = to.endpoint;
    call.headers = {
        {"authorization", std::move(*authorization)},
        {"content-encoding", "aes128gcm"},
        {"content-type", "application/octet-stream"},
        {"ttl", std::to_string(options_.ttl.count())},
        {"urgency", options_.urgency},
        {"topic", topic},
    };
    call.body = std::move(*body);
    call.timeout = options_.timeout;
    call.strangers = true;
    return call;
}

}  // namespace esm::notifications
