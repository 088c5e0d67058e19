// See mail_channel.hpp.
#include "services/notifications/mail/mail_channel.hpp"

namespace esm::notifications {

awaitable<send_answer> mail_channel::send(outgoing message) {
    co_return co_await transport_->send(compose(message, from_, now_us()));
}

}  // namespace esm::notifications
