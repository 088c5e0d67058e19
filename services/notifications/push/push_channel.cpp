// See push_channel.hpp.
#include "services/notifications/push/push_channel.hpp"

#include "services/notifications/provider_reply.hpp"

namespace esm::notifications {

push_channel::push_channel(find_device find, web_push& browser, fcm* app, std::string url)
    : find_(std::move(find)), browser_(browser), app_(app), url_(std::move(url)) {}

awaitable<send_answer> push_channel::send(outgoing message) {
    const auto id = destination_id(message.what.recipient);
    auto found = id ? co_await find_(*id) : std::optional<device>();
    if (!found) co_return send_answer{send_outcome::gone, "the device was removed", {}};
    auto content = make_push_message(std::move(message), url_);
    if (auto* browser = std::get_if<web_push_subscription>(&*found)) {
        co_return co_await browser_.send(std::move(content), std::move(*browser));
    }
    if (app_ == nullptr) {
        co_return send_answer{send_outcome::refused, "no service account for FCM is configured", {}};
    }
    co_return co_await app_->send(std::move(content), std::move(std::get<fcm_device>(*found)));
}

}  // namespace esm::notifications
