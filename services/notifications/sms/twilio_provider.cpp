// See twilio_provider.hpp.
#include "services/notifications/sms/twilio_provider.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "platform/base/json_decoder.hpp"
#include "platform/base/phone_number.hpp"
#include "platform/base/utf8.hpp"
#include "platform/http/text.hpp"
#include "platform/security/base64.hpp"
#include "services/notifications/provider_reply.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t body_units_max = 1600;
constexpr std::size_t words_characters_max = 200;
constexpr std::size_t sid_characters_max = 64;

// Twilio's codes that say something about the recipient (its documentation, "Error and warning dictionary").
constexpr std::array<std::int64_t, 3> codes_of_gone{
    21211,  // no number
    21610,  // opted out
    21614   // no mobile number
};
constexpr std::int64_t code_of_region = 21408;  // the account may send, but not to this country

struct twilio_error {
    std::int64_t code{0};  // 0: there is none
    std::string message;
};

// {code, message, more_info, status}
twilio_error read_error(const std::string& body) {
    twilio_error read;
    const auto parsed = json::parse_object(body);
    if (!parsed) return read;
    const auto* code = parsed->if_contains("code");
    const auto* message = parsed->if_contains("message");
    if (code != nullptr && code->is_int64()) read.code = code->get_int64();
    if (message != nullptr && message->is_string()) {
        read.message = visible_text(message->get_string(), words_characters_max);
    }
    return read;
}

std::string error_words(const fetch::reply& got, const twilio_error& told) {
    if (told.message.empty()) return reply_words(got);
    return told.code == 0 ? fmt::format("{}: {}", got.status, told.message)
                          : fmt::format("{} {}: {}", got.status, told.code, told.message);
}

// The settings to look at where this status is the configuration's fault; empty where it is not.
std::string_view settings_at_fault(unsigned status) {
    if (status == 401) return "account_sid and auth_token";
    if (status == 403) return "account_sid, which may not send";
    if (status == 404 || status < 400) return "api_url and account_sid";  // what answers is no such API
    return {};
}

send_answer accepted(const fetch::reply& got) {
    send_answer answer{send_outcome::accepted, std::to_string(got.status), {}};
    const auto parsed = json::parse_object(got.body);
    const auto* sid = parsed ? parsed->if_contains("sid") : nullptr;
    if (sid != nullptr && sid->is_string()) {
        answer.provider_id = visible_text(sid->get_string(), sid_characters_max);
    }
    return answer;
}

// RFC 7617 section 2.
std::string basic(std::string_view name, std::string_view secret) {
    return "Basic " + security::base64_encode(fmt::format("{}:{}", name, secret));
}

bool is_messaging_service(std::string_view sender) {
    const auto digits = sender.substr(std::min<std::size_t>(2, sender.size()));
    return sender.starts_with("MG") && digits.size() == 32 &&
           digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

std::string without_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

}  // namespace

std::string sms_body(std::string_view text) {
    // Dots of ASCII: "…" is in no GSM alphabet, and would have the whole text sent at half the room.
    constexpr std::string_view ellipsis = "...";
    std::size_t units = 0;      // of UTF-16: the strictest way to count
    std::size_t cut_bytes = 0;  // what leaves room for the ellipsis
    for (auto left = text; !left.empty();) {
        const auto next = first_utf8_character(left);
        units += next.code_point > 0xffff ? 2 : 1;
        if (units > body_units_max) return std::string(text.substr(0, cut_bytes)).append(ellipsis);
        left.remove_prefix(std::max<std::size_t>(next.length, 1));
        if (units <= body_units_max - ellipsis.size()) cut_bytes = text.size() - left.size();
    }
    return std::string(text);
}

send_answer judge_twilio(const fetch::reply& got) {
    // Our own URL is at fault, not the message.
    if (got.how == fetch::reply::kind::forbidden) {
        return {send_outcome::away, fmt::format("{} (check api_url)", reply_words(got)), {}};
    }
    if (auto none = judge_silence(got, send_outcome::away)) return std::move(*none);
    if (got.status >= 200 && got.status < 300) return accepted(got);
    const auto told = read_error(got.body);
    const auto words = error_words(got, told);
    if (got.status == 408 || got.status == 429 || got.status >= 500) {
        auto answer = answer_with(send_outcome::try_later, got);
        answer.text = words;
        return answer;
    }
    if (std::find(codes_of_gone.begin(), codes_of_gone.end(), told.code) != codes_of_gone.end()) {
        return {send_outcome::gone, words, {}};
    }
    const auto settings = settings_at_fault(got.status);
    if (!settings.empty() && told.code != code_of_region) {
        return {send_outcome::away, fmt::format("{} (check {})", words, settings), {}};
    }
    return {send_outcome::refused, words, {}};
}

twilio_provider::twilio_provider(fetch::courier& courier, twilio_options options)
    : courier_(courier),
      options_(std::move(options)),
      url_(fmt::format(
          "{}/2010-04-01/Accounts/{}/Messages.json",
          without_slash(options_.api_url),
          http::percent_encode(options_.account_sid)
      )),
      authorization_(basic(options_.account_sid, options_.auth_token)) {}

awaitable<send_answer> twilio_provider::send(outgoing message) {
    if (!is_e164(message.what.recipient)) {
        co_return send_answer{send_outcome::gone, "the recipient is no E.164 number", {}};
    }
    fetch::call call;
    call.url = url_;
    call.headers = {
        {"authorization", authorization_},
        {"content-type", "application/x-www-form-urlencoded"},
        {"accept", "application/json"}
    };
    call.body = form_for(message);
    call.timeout = options_.timeout;
    const auto got = co_await courier_.send(std::move(call));
    co_return judge_twilio(got);
}

std::string twilio_provider::form_for(const outgoing& message) const {
    std::string form;
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!form.empty()) form += '&';
        form += fmt::format("{}={}", name, http::percent_encode(value));
    };
    add("To", message.what.recipient);
    add(is_messaging_service(options_.sender) ? "MessagingServiceSid" : "From", options_.sender);
    add("Body", sms_body(message.content.text));
    if (!options_.status_callback_url.empty()) add("StatusCallback", options_.status_callback_url);
    return form;
}

}  // namespace esm::notifications
