// Mails into a local folder, the embedded default: <created_us>-<notificationId>.eml, whole or not at all.
// The name is the same at each attempt, so a mail is there once however often it was written.
#pragma once

#include "platform/async/compute_pool.hpp"
#include "services/notifications/mail/mail_transport.hpp"

namespace esm::notifications {

class mailbox_transport final : public mail_transport {
public:
    // The folder is made when the first mail comes. `queue_max`: mails that may wait to be written.
    mailbox_transport(std::string folder, std::size_t queue_max);

    awaitable<send_answer> send(outgoing_mail mail) override;
    void stop() override {}

private:
    const std::string folder_;
    async::compute_pool pool_;
};

}  // namespace esm::notifications
