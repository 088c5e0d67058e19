// See smtp_answer.hpp.
#include "services/notifications/mail/smtp_answer.hpp"

#include <regex>

namespace esm::notifications {

namespace {

// 421: the whole server closes; the others ask for a login or for TLS, which is the configuration's fault.
bool concerns_the_channel(int code) {
    return code == 421 || code == 454 || code == 530 || code == 534 || code == 535 || code == 538;
}

// There is no such mailbox, or it is closed (RFC 5321 section 4.2.3, RFC 3463 sections 3.2 and 3.3). A policy
// (5.7.x) that turns this mail away may let the next one in.
bool means_no_mailbox(int code, const std::string& text) {
    if (code != 550 && code != 551 && code != 553) return false;
    static const std::regex enhanced(R"(^\d{3}[ -]5\.(\d{1,3})\.(\d{1,3})\b)", std::regex::optimize);
    std::smatch found;
    if (!std::regex_search(text, found, enhanced)) return true;
    return found[1] == "1" || (found[1] == "2" && found[2] == "1");
}

}  // namespace

send_answer judge_reply(smtp_stage stage, int code, std::string text, std::string_view transport_error) {
    if (code < 400) {
        return {send_outcome::away, std::string(transport_error), {}, {}, stage == smtp_stage::handed_over};
    }
    send_answer answer{send_outcome::away, std::move(text), {}};
    if (stage == smtp_stage::opening || concerns_the_channel(code)) return answer;
    answer.outcome = code < 500 ? send_outcome::try_later : send_outcome::refused;
    if (stage == smtp_stage::recipient && means_no_mailbox(code, answer.text))
        answer.outcome = send_outcome::gone;
    if (answer.outcome == send_outcome::try_later) answer.retry_after = named_delay(answer.text);
    return answer;
}

std::optional<std::chrono::milliseconds> named_delay(const std::string& text) {
    static const std::regex form(
        R"((?:in|after|for|wait)\s+(\d{1,6})\s*(s|secs?|seconds?|m|mins?|minutes?|h|hours?)\b)",
        std::regex::icase | std::regex::optimize
    );
    std::smatch found;
    if (!std::regex_search(text, found, form)) return std::nullopt;
    std::chrono::seconds delay(std::stol(found[1]));
    const char unit = static_cast<char>(found[2].str().front() | 0x20);  // lower case
    if (unit == 'm') delay *= 60;
    if (unit == 'h') delay *= 3600;
    return std::min<std::chrono::milliseconds>(delay, std::chrono::hours(24));
}

}  // namespace esm::notifications
