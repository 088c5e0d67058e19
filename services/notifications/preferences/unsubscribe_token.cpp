// See unsubscribe_token.hpp. The text is "u1000.email.task.completed.v1.MAC": a message code rather than a
// sealed text, since there is one for each mail and random nonces of AES-GCM are for fewer (NIST SP 800-38D
// section 8.3).
#include "services/notifications/preferences/unsubscribe_token.hpp"

#include <charconv>

#include "platform/security/base64.hpp"
#include "services/notifications/preferences/preferences.hpp"

namespace esm::notifications {

namespace {

constexpr std::string_view purpose = "unsubscribe-token";
constexpr std::size_t token_max_bytes = 512;
// Half of SHA-256's, the least that RFC 2104 section 5 recommends.
constexpr std::size_t code_bytes = 16;
// Stands for any_event, which URLs may show in several ways; no event type, since it has no point.
constexpr std::string_view any_event_word = "all";

std::string code_of(const security::master_key& key, std::string_view body) {
    return security::base64url_encode(key.derive(purpose, body).substr(0, code_bytes));
}

std::string who_text(const unsubscription& of) {
    if (const auto* user_id = std::get_if<std::int64_t>(&of.who)) return fmt::format("u{}", *user_id);
    return "a" + security::base64url_encode(std::get<std::string>(of.who));
}

std::optional<std::variant<std::int64_t, std::string>> read_who(std::string_view text) {
    if (text.starts_with('a')) {
        auto address = security::base64url_decode(text.substr(1));
        if (!address) return std::nullopt;
        return std::move(*address);
    }
    if (!text.starts_with('u')) return std::nullopt;
    std::int64_t user_id = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, problem] = std::from_chars(text.data() + 1, end, user_id);
    if (problem != std::errc{} || stop != end) return std::nullopt;
    return user_id;
}

std::optional<unsubscription> read_body(std::string_view body) {
    const auto first = body.find('.');
    const auto second = first == std::string_view::npos ? first : body.find('.', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    auto who = read_who(body.substr(0, first));
    const auto channel = body.substr(first + 1, second - first - 1);
    const auto event_word = body.substr(second + 1);
    if (!who) return std::nullopt;
    const auto event_type = event_word == any_event_word ? any_event : event_word;
    return unsubscription{std::move(*who), std::string(event_type), std::string(channel)};
}

}  // namespace

std::string make_unsubscribe_token(const security::master_key& key, const unsubscription& of) {
    const auto event_word = of.event_type == any_event ? any_event_word : std::string_view(of.event_type);
    const auto body = fmt::format("{}.{}.{}", who_text(of), of.channel, event_word);
    return fmt::format("{}.{}", body, code_of(key, body));
}

result<unsubscription> open_unsubscribe_token(const security::master_key& key, std::string_view token) {
    const auto refused = fail(errc::invalid_token, "the unsubscribe link is not one of ours");
    const auto point = token.rfind('.');
    if (token.size() > token_max_bytes || point == std::string_view::npos) return refused;
    const auto body = token.substr(0, point);
    if (!security::same_secret(token.substr(point + 1), code_of(key, body))) return refused;
    auto read = read_body(body);
    if (!read) return refused;
    return std::move(*read);
}

}  // namespace esm::notifications
