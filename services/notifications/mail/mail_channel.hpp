// The e-mail channel: a message as RFC 5322 has it, through the transport given. Made once a provider.
#pragma once

#include <memory>

#include "services/notifications/channel.hpp"
#include "services/notifications/mail/mail_message.hpp"

namespace esm::notifications {

class mail_channel final : public channel {
public:
    mail_channel(std::unique_ptr<mail_transport> transport, mailbox_name from)
        : transport_(std::move(transport)), from_(std::move(from)) {}

    awaitable<send_answer> send(outgoing message) override;
    void stop() override { transport_->stop(); }

private:
    const std::unique_ptr<mail_transport> transport_;
    const mailbox_name from_;
};

}  // namespace esm::notifications
