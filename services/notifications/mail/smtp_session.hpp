// One libcurl handle with its SMTP connection, kept open between mails. Used by one pool thread at a time.
#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "services/notifications/mail/mail_transport.hpp"
#include "services/notifications/mail/smtp_answer.hpp"

namespace esm::notifications {

struct smtp_options {
    std::string url;  // smtp://[user:password@]host:port or smtps://…
    std::string username, password;
    std::string ca_file;                        // PEM; empty: the system's authorities
    std::chrono::milliseconds timeout{10'000};  // for the connection, and for each reply
    unsigned connections_max{4};
};

class smtp_session {
public:
    // `stopping` ends a transfer under way within about a second.
    smtp_session(const smtp_options& options, const std::atomic<bool>& stopping);
    ~smtp_session();
    smtp_session(const smtp_session&) = delete;
    smtp_session& operator=(const smtp_session&) = delete;

    // Blocks for as long as the server takes.
    send_answer send(const outgoing_mail& mail);

private:
    struct conversation;

    send_answer attempt(const outgoing_mail& mail, bool fresh_connection, bool& stale);

    void* easy_;  // CURL*
    std::unique_ptr<conversation> talk_;
    char error_text_[256];  // CURL_ERROR_SIZE
};

}  // namespace esm::notifications
