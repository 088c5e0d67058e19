// See smtp_transport.hpp.
#include "services/notifications/mail/smtp_transport.hpp"

#include <curl/curl.h>

namespace esm::notifications {

smtp_transport::smtp_transport(smtp_options options, std::size_t queue_max)
    : options_(std::move(options)), pool_("mail", options_.connections_max, queue_max) {
    static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (ready != CURLE_OK) throw std::runtime_error("libcurl cannot be used");
}

smtp_transport::~smtp_transport() {
    stopping_ = true;
}

awaitable<send_answer> smtp_transport::send(outgoing_mail mail) {
    auto answer = co_await pool_.run([this, mail = std::move(mail)] {
        auto session = take();
        auto given = session->send(mail);
        put_back(std::move(session));
        return given;
    });
    if (!answer) co_return send_answer{send_outcome::away, answer.error().detail, {}};
    co_return std::move(*answer);
}

std::unique_ptr<smtp_session> smtp_transport::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto session = std::move(idle_.back());
            idle_.pop_back();
            return session;
        }
    }
    return std::make_unique<smtp_session>(options_, stopping_);
}

void smtp_transport::put_back(std::unique_ptr<smtp_session> session) {
    const std::lock_guard lock(mutex_);
    idle_.push_back(std::move(session));
}

}  // namespace esm::notifications
