// See dead_event.hpp.
#include "services/notifications/dead_letters/dead_event.hpp"

#include <fmt/format.h>

#include <charconv>
#include <stdexcept>

#include "platform/base/json_decoder.hpp"
#include "platform/base/utf8.hpp"
#include "platform/events/headers.hpp"
#include "platform/security/base64.hpp"
#include "services/notifications/contact.hpp"

namespace esm::notifications::dead_letters {

namespace {

namespace bj = boost::json;

constexpr std::size_t name_max_bytes = 256;  // of what lists and filters show: topic, type, key, id
constexpr std::size_t reason_max_bytes = 1'000;
constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view text_encoding = "utf-8";
constexpr std::string_view bytes_encoding = "base64";

// At most so many bytes, with U+FFFD for every byte that no text column takes.
std::string storable(std::string_view text, std::size_t max_bytes) {
    std::string kept;
    text = text.substr(0, max_bytes);
    while (!text.empty()) {
        const auto next = first_utf8_character(text);
        const bool fits = next.length > 0 && next.code_point != 0;
        const auto length = std::max<std::size_t>(next.length, 1);
        kept += fits ? text.substr(0, length) : replacement;
        text.remove_prefix(length);
    }
    return std::string(cut_utf8(kept, max_bytes));
}

// The number behind the first "userId": of a payload that no parser takes.
std::int64_t scan_user_id(std::string_view payload) {
    constexpr std::string_view name = R"("userId")";
    const auto at = payload.find(name);
    if (at == std::string_view::npos) return 0;
    auto rest = payload.substr(at + name.size());
    rest.remove_prefix(std::min(rest.size(), rest.find_first_not_of(" \t\r\n:\"")));
    std::int64_t user_id = 0;
    std::from_chars(rest.data(), rest.data() + rest.size(), user_id);
    return std::max<std::int64_t>(user_id, 0);
}

bj::value headers_of(const dead_event& shown) {
    boost::system::error_code failure;
    auto headers = bj::parse(shown.headers, failure);
    if (failure) return bj::object();
    return headers;
}

}  // namespace

dead_event set_aside(const events::delivered& refused, std::string_view why, std::string_view user_field) {
    const auto& value = refused.value;
    dead_event kept;
    kept.topic = storable(value.topic, name_max_bytes);
    kept.place = fmt::format("{}/{}", refused.partition, refused.offset);
    kept.event_id = storable(value.id, name_max_bytes);
    kept.event_type = storable(value.type, name_max_bytes);
    kept.key = storable(value.key, name_max_bytes);
    kept.user_id = find_user_id(value.data, user_field);
    kept.headers = refused.raw_headers;
    const bool is_text = is_utf8(value.data) && value.data.find('\0') == std::string::npos;
    kept.payload = is_text ? value.data : security::base64_encode(value.data);
    kept.encoding = is_text ? text_encoding : bytes_encoding;
    kept.reason = storable_reason(why);
    kept.created_at = now_us();
    return kept;
}

std::int64_t find_user_id(std::string_view payload, std::string_view user_field) {
    if (const auto entity = json::parse_object(payload)) {
        if (const auto user_id = read_user_id(*entity, user_field)) return *user_id;
    }
    return scan_user_id(payload);
}

std::string storable_reason(std::string_view why) {
    return storable(why, reason_max_bytes);
}

result<events::event> to_event(const dead_event& kept) {
    events::delivered read;
    read.value.topic = kept.topic;
    read.value.key = kept.key;
    read.value.data = kept.payload;
    if (kept.encoding == bytes_encoding) {
        auto bytes = security::base64_decode(kept.payload);
        if (!bytes) throw std::runtime_error("dead_event.payload is no base64");
        read.value.data = std::move(*bytes);
    }
    events::read_headers(events::decode_headers(kept.headers), read);
    if (!read.well_formed) return fail(errc::malformed_request, read.malformed_why);
    return std::move(read.value);
}

bj::object to_json(const dead_event& shown) {
    const bool is_text = shown.encoding == text_encoding;
    bj::value payload;
    std::string_view encoding = shown.encoding;
    const bool is_cut = shown.payload.size() > payload_shown_max_bytes;
    if (is_text && !is_cut) {
        if (auto parsed = json::parse(shown.payload)) {
            payload = std::move(*parsed);
            encoding = "json";
        }
    }
    if (encoding != "json") payload = bj::string(cut_utf8(shown.payload, payload_shown_max_bytes));
    return {
        {"kind", "event"},
        {"id", shown.id},
        {"failedAt", format_instant(shown.created_at)},
        {"reason", shown.reason},
        {"origin", bj::object{{"topic", shown.topic}, {"place", shown.place}, {"key", shown.key}}},
        {"eventId", shown.event_id},
        {"eventType", shown.event_type},
        {"headers", headers_of(shown)},
        {"payload", std::move(payload)},
        {"payloadEncoding", encoding == text_encoding ? "text" : encoding},
        {"payloadCut", is_cut},
    };
}

}  // namespace esm::notifications::dead_letters
