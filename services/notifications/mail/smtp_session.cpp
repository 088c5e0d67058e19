// See smtp_session.hpp. libcurl tells only the last reply's code, so its debug callback follows the
// conversation.
#include "services/notifications/mail/smtp_session.hpp"

#include <curl/curl.h>

#include <cstring>
#include <stdexcept>

namespace esm::notifications {

namespace {

constexpr std::size_t reply_max_bytes = 500;

bool starts_with(std::string_view line, std::string_view verb) {
    return line.substr(0, verb.size()) == verb;
}

// Servers are free to answer in any bytes: only visible ASCII is stored and shown.
void append_visible(std::string& into, std::string_view line) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
    if (!into.empty() && into.size() < reply_max_bytes) into += ' ';
    for (const char each : line) {
        if (into.size() >= reply_max_bytes) return;
        into += each >= ' ' && each < '\x7f' ? each : '?';
    }
}

bool is_loopback(const std::string& host) {
    return host == "localhost" || host == "[::1]" || host.rfind("127.", 0) == 0;
}

// A password must not cross a network in the clear (RFC 4954 section 4).
long tls_of(const smtp_options& options) {
    CURLU* parts = curl_url();
    char* host = nullptr;
    char* user = nullptr;
    curl_url_set(parts, CURLUPART_URL, options.url.c_str(), CURLU_NON_SUPPORT_SCHEME);
    curl_url_get(parts, CURLUPART_HOST, &host, 0);
    curl_url_get(parts, CURLUPART_USER, &user, 0);
    const bool login = user != nullptr || !options.username.empty();
    const bool required = login && !is_loopback(host == nullptr ? "" : host);
    curl_free(host);
    curl_free(user);
    curl_url_cleanup(parts);
    return required ? CURLUSESSL_ALL : CURLUSESSL_TRY;
}

}  // namespace

// The state of the mail under way, as the callbacks see it.
struct smtp_session::conversation {
    const std::atomic<bool>& stopping;
    std::string_view unsent{};
    smtp_stage stage{smtp_stage::opening};
    int code{0};
    std::string reply{};
    bool reply_ended{true};
    bool quitting{false};  // the good-bye to a connection must not hide what came before

    void begin(std::string_view content) {
        unsent = content;
        stage = smtp_stage::opening;
        code = 0;
        reply.clear();
        reply_ended = true;
        quitting = false;
    }

    void sent(std::string_view line) {
        quitting = starts_with(line, "QUIT");
        if (quitting) return;
        const bool envelope = starts_with(line, "MAIL") || starts_with(line, "DATA");
        stage = envelope ? smtp_stage::envelope : smtp_stage::opening;
        if (starts_with(line, "RCPT")) stage = smtp_stage::recipient;
        code = 0;
    }

    void received(std::string_view line) {
        if (quitting || line.size() < 3 || !std::isdigit(static_cast<unsigned char>(line.front()))) return;
        if (reply_ended) reply.clear();
        code = (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
        reply_ended = line.size() < 4 || line[3] != '-';
        append_visible(reply, line);
    }

    static int on_debug(CURL*, curl_infotype kind, char* data, std::size_t size, void* self) {
        auto& talk = *static_cast<conversation*>(self);
        if (kind == CURLINFO_HEADER_OUT) talk.sent({data, size});
        if (kind == CURLINFO_HEADER_IN) talk.received({data, size});
        if (kind == CURLINFO_DATA_OUT) {
            talk.stage = talk.unsent.empty() ? smtp_stage::handed_over : smtp_stage::content;
            talk.code = 0;
        }
        return 0;
    }

    static std::size_t on_read(char* into, std::size_t size, std::size_t count, void* self) {
        auto& talk = *static_cast<conversation*>(self);
        const auto taken = std::min(size * count, talk.unsent.size());
        std::memcpy(into, talk.unsent.data(), taken);
        talk.unsent.remove_prefix(taken);
        return taken;
    }

    static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
        return static_cast<conversation*>(self)->stopping.load(std::memory_order_relaxed) ? 1 : 0;
    }
};

smtp_session::smtp_session(const smtp_options& options, const std::atomic<bool>& stopping)
    : easy_(curl_easy_init()), talk_(new conversation{stopping}) {
    if (easy_ == nullptr) throw std::runtime_error("libcurl gives no handle");
    const auto wait_ms = static_cast<long>(options.timeout.count());
    curl_easy_setopt(easy_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy_, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy_, CURLOPT_URL, options.url.c_str());
    curl_easy_setopt(easy_, CURLOPT_USE_SSL, tls_of(options));
    if (!options.ca_file.empty()) curl_easy_setopt(easy_, CURLOPT_CAINFO, options.ca_file.c_str());
    curl_easy_setopt(easy_, CURLOPT_CONNECTTIMEOUT_MS, wait_ms);
    curl_easy_setopt(easy_, CURLOPT_SERVER_RESPONSE_TIMEOUT, std::max(1L, wait_ms / 1000));
    curl_easy_setopt(easy_, CURLOPT_TIMEOUT_MS, 3 * wait_ms);
    curl_easy_setopt(easy_, CURLOPT_TCP_NODELAY, 1L);
    curl_easy_setopt(easy_, CURLOPT_ERRORBUFFER, error_text_);
    curl_easy_setopt(easy_, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy_, CURLOPT_VERBOSE, 1L);
    curl_easy_setopt(easy_, CURLOPT_DEBUGFUNCTION, &conversation::on_debug);
    curl_easy_setopt(easy_, CURLOPT_DEBUGDATA, talk_.get());
    curl_easy_setopt(easy_, CURLOPT_READFUNCTION, &conversation::on_read);
    curl_easy_setopt(easy_, CURLOPT_READDATA, talk_.get());
    curl_easy_setopt(easy_, CURLOPT_NOPROGRESS, 0L);
    curl_easy_setopt(easy_, CURLOPT_XFERINFOFUNCTION, &conversation::on_progress);
    curl_easy_setopt(easy_, CURLOPT_XFERINFODATA, talk_.get());
    if (options.username.empty()) return;
    curl_easy_setopt(easy_, CURLOPT_USERNAME, options.username.c_str());
    curl_easy_setopt(easy_, CURLOPT_PASSWORD, options.password.c_str());
}

smtp_session::~smtp_session() {
    curl_easy_cleanup(easy_);
}

send_answer smtp_session::send(const outgoing_mail& mail) {
    bool stale = false;
    auto answer = attempt(mail, false, stale);
    // The server closed the kept connection meanwhile: that is no failure of this mail.
    if (stale) answer = attempt(mail, true, stale);
    return answer;
}

send_answer smtp_session::attempt(const outgoing_mail& mail, bool fresh_connection, bool& stale) {
    talk_->begin(mail.content);
    error_text_[0] = '\0';
    const auto recipient = "<" + mail.recipient + ">";
    const auto sender = "<" + mail.sender + ">";
    curl_slist* recipients = curl_slist_append(nullptr, recipient.c_str());
    curl_easy_setopt(easy_, CURLOPT_MAIL_FROM, sender.c_str());
    curl_easy_setopt(easy_, CURLOPT_MAIL_RCPT, recipients);
    curl_easy_setopt(easy_, CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(mail.content.size()));
    curl_easy_setopt(easy_, CURLOPT_FRESH_CONNECT, fresh_connection ? 1L : 0L);
    const auto outcome = curl_easy_perform(easy_);
    curl_easy_setopt(easy_, CURLOPT_MAIL_RCPT, nullptr);
    curl_slist_free_all(recipients);
    if (outcome == CURLE_OK) return {send_outcome::accepted, talk_->reply, {}};
    const bool handed_over = talk_->stage == smtp_stage::handed_over;
    if (outcome == CURLE_ABORTED_BY_CALLBACK)
        return {send_outcome::cut, "stopped before there was an answer", {}, {}, handed_over};

    long new_connections = 0;
    curl_easy_getinfo(easy_, CURLINFO_NUM_CONNECTS, &new_connections);
    const bool kept_connection = new_connections == 0 && outcome != CURLE_COULDNT_CONNECT;
    // Once content went out the server may have taken it: sending it again would be a second mail.
    stale = !fresh_connection && kept_connection && talk_->code == 0 && talk_->stage < smtp_stage::content &&
            outcome != CURLE_OPERATION_TIMEDOUT;
    const std::string_view why = error_text_[0] != '\0' ? error_text_ : curl_easy_strerror(outcome);
    return judge_reply(
        talk_->stage, talk_->code, talk_->reply, fmt::format("the mail server is away: {}", why)
    );
}

}  // namespace esm::notifications
