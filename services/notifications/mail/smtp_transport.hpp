// Mails over SMTP: a few pool threads, each with a connection that stays open between mails (libcurl).
#pragma once

#include <mutex>
#include <vector>

#include "platform/async/compute_pool.hpp"
#include "services/notifications/mail/smtp_session.hpp"

namespace esm::notifications {

class smtp_transport final : public mail_transport {
public:
    // `queue_max`: mails that may wait for a connection.
    smtp_transport(smtp_options options, std::size_t queue_max);
    ~smtp_transport() override;

    awaitable<send_answer> send(outgoing_mail mail) override;
    void stop() override { stopping_ = true; }

private:
    std::unique_ptr<smtp_session> take();
    void put_back(std::unique_ptr<smtp_session> session);

    const smtp_options options_;
    std::atomic<bool> stopping_{false};
    std::mutex mutex_;
    std::vector<std::unique_ptr<smtp_session>> idle_;  // the last used one first: the others may close
    async::compute_pool pool_;                         // last: its threads end before what they use
};

}  // namespace esm::notifications
