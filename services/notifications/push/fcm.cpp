// See fcm.hpp.
#include "services/notifications/push/fcm.hpp"

#include "platform/base/json_decoder.hpp"
#include "platform/base/json_member.hpp"
#include "services/notifications/provider_reply.hpp"

namespace esm::notifications {

namespace {

namespace bj = boost::json;

constexpr const char* messaging_scope = "https://www.googleapis.com/auth/firebase.messaging";
constexpr std::size_t payload_max_bytes = 4096;    // keys and values of notification and data
constexpr std::chrono::seconds quota_pause{60};    // what FCM asks for where a 429 names no delay
constexpr std::size_t words_characters_max = 200;  // of an error's message

struct fcm_error {
    std::string code;  // FcmError.errorCode: UNREGISTERED, SENDER_ID_MISMATCH, …; empty where there is none
    std::string message;  // for people
    bool names_token{false};
};

bool violates_token(const bj::object& detail) {
    const auto* violations = detail.if_contains("fieldViolations");
    if (violations == nullptr || !violations->is_array()) return false;
    const auto& all = violations->get_array();
    return std::any_of(all.begin(), all.end(), [](const bj::value& each) {
        return each.is_object() && json::text_member(each.get_object(), "field") == "message.token";
    });
}

// {error: {message, details: [{errorCode}, {fieldViolations: [{field}]}]}}
fcm_error read_error(const std::string& body) {
    fcm_error read;
    const auto parsed = json::parse_object(body);
    const auto* told = parsed ? parsed->if_contains("error") : nullptr;
    if (told == nullptr || !told->is_object()) return read;
    read.message = json::text_member(told->get_object(), "message");
    // A bad token comes without a field's name, a bad field of ours with one.
    read.names_token = read.message.find("registration token") != std::string::npos;
    const auto* details = told->get_object().if_contains("details");
    if (details == nullptr || !details->is_array()) return read;
    for (const auto& each : details->get_array()) {
        if (!each.is_object()) continue;
        if (auto code = json::text_member(each.get_object(), "errorCode"); !code.empty())
            read.code = std::move(code);
        if (violates_token(each.get_object())) read.names_token = true;
    }
    return read;
}

std::string error_words(const fetch::reply& got, const fcm_error& told) {
    if (told.message.empty()) return reply_words(got);
    const auto words = visible_text(told.message, words_characters_max);
    return told.code.empty() ? fmt::format("{}: {}", got.status, words)
                             : fmt::format("{} {}: {}", got.status, visible_text(told.code, 40), words);
}

send_outcome outcome_of(unsigned status, const fcm_error& told) {
    if (status == 401 || status == 408 || status == 429 || status >= 500) return send_outcome::try_later;
    const bool unregistered = status == 404 && told.code == "UNREGISTERED";
    const bool no_token = status == 400 && told.names_token;
    const bool another_sender = status == 403 && told.code == "SENDER_ID_MISMATCH";
    if (unregistered || no_token || another_sender) return send_outcome::gone;
    // The project is unknown or the account may not send for it: until somebody mends the configuration.
    return status == 403 || status == 404 ? send_outcome::try_later : send_outcome::refused;
}

}  // namespace

send_answer judge_fcm(const fetch::reply& got) {
    if (const auto none = judge_silence(got, send_outcome::try_later)) return *none;
    if (got.status >= 200 && got.status < 300) {
        send_answer accepted{send_outcome::accepted, std::to_string(got.status), {}};
        const auto parsed = json::parse_object(got.body);
        if (parsed)
            accepted.provider_id = visible_text(json::text_member(*parsed, "name"), words_characters_max);
        return accepted;
    }
    const auto told = read_error(got.body);
    auto answer = answer_with(outcome_of(got.status, told), got);
    answer.text = error_words(got, told);
    if (got.status == 429 && !answer.retry_after) answer.retry_after = quota_pause;
    return answer;
}

fcm::fcm(fetch::courier& courier, service_account account, fcm_options options)
    : courier_(courier),
      options_(std::move(options)),
      url_(fmt::format("{}/v1/projects/{}/messages:send", options_.api_url, account.project_id)),
      tokens_(courier, std::move(account), messaging_scope, options_.timeout) {}

awaitable<send_answer> fcm::send(push_message message, fcm_device to) {
    auto access = co_await tokens_.get();
    if (auto* none = std::get_if<send_answer>(&access)) co_return std::move(*none);
    const auto& token = std::get<std::string>(access);
    const auto tag = fmt::format("n{}", message.notification_id);
    auto content = fcm_payload(std::move(message), payload_max_bytes);
    content["token"] = to.token;
    content["android"] = {{"notification", {{"tag", tag}}}};
    content["apns"] = {{"headers", {{"apns-collapse-id", tag}}}};
    fetch::call call;
    call.url = url_;
    call.headers = {{"authorization", "Bearer " + token}, {"content-type", "application/json"}};
    call.body = bj::serialize(bj::object{{"message", std::move(content)}});
    call.timeout = options_.timeout;
    const auto got = co_await courier_.send(std::move(call));
    if (got.how == fetch::reply::kind::answered && got.status == 401) tokens_.forget(token);
    co_return judge_fcm(got);
}

}  // namespace esm::notifications
