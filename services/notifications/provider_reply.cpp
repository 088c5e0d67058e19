// See provider_reply.hpp.
#include "services/notifications/provider_reply.hpp"

#include <charconv>

#include "platform/base/utf8.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t shown_characters_max = 200;

bool is_visible(char32_t code_point) {
    const bool control = code_point < 0x20 || (code_point >= 0x7f && code_point < 0xa0);
    const bool separator = code_point == 0x2028 || code_point == 0x2029;
    // Marks, embeddings, overrides and isolates of the bidirectional algorithm (Unicode annex 9).
    const bool turning = code_point == 0x200e || code_point == 0x200f || code_point == 0x061c ||
                         (code_point >= 0x202a && code_point <= 0x202e) ||
                         (code_point >= 0x2066 && code_point <= 0x2069);
    return !control && !separator && !turning;
}

}  // namespace

std::string visible_text(std::string_view text, std::size_t max_characters) {
    std::string shown;
    std::size_t characters = 0;
    bool gap = false;
    while (!text.empty()) {
        const auto next = first_utf8_character(text);
        const auto bytes = std::max<std::size_t>(next.length, 1);  // what is no character is a gap of a byte
        if (next.length > 0 && next.code_point != U' ' && is_visible(next.code_point)) {
            const bool spaced = gap && !shown.empty();
            characters += spaced ? 2 : 1;
            if (characters > max_characters) break;
            if (spaced) shown += ' ';
            shown += text.substr(0, bytes);
            gap = false;
        } else {
            gap = true;
        }
        text.remove_prefix(bytes);
    }
    return shown;
}

std::string reply_words(const fetch::reply& got) {
    if (got.how != fetch::reply::kind::answered) return visible_text(got.text, shown_characters_max);
    const auto words = visible_text(got.body, shown_characters_max);
    return words.empty() ? std::to_string(got.status) : fmt::format("{}: {}", got.status, words);
}

send_answer answer_with(send_outcome how, const fetch::reply& got) {
    send_answer answer{how, reply_words(got), {}, {}, got.may_have_arrived};
    if (how == send_outcome::try_later) answer.retry_after = got.retry_after();
    return answer;
}

std::optional<send_answer> judge_silence(const fetch::reply& got, send_outcome away) {
    using kind = fetch::reply::kind;
    switch (got.how) {
        case kind::answered:
            return std::nullopt;
        case kind::forbidden:
            return answer_with(send_outcome::refused, got);
        case kind::away:
            return answer_with(away, got);
        case kind::stopped:
            break;
    }
    return answer_with(send_outcome::cut, got);
}

std::optional<std::int64_t> destination_id(std::string_view recipient) {
    std::int64_t id = 0;
    const auto [end, failed] = std::from_chars(recipient.data(), recipient.data() + recipient.size(), id);
    const bool whole = failed == std::errc{} && end == recipient.data() + recipient.size();
    return whole && id > 0 ? std::optional(id) : std::nullopt;
}

}  // namespace esm::notifications
