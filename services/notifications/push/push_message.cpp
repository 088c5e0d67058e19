// See push_message.hpp.
#include "services/notifications/push/push_message.hpp"

#include "platform/base/utf8.hpp"

namespace esm::notifications {

namespace {

namespace bj = boost::json;

constexpr std::string_view ellipsis = "…";

// What Boost.JSON writes for a character of a text.
std::size_t json_bytes(std::string_view character) {
    const auto first = static_cast<unsigned char>(character.front());
    constexpr std::string_view short_escapes = "\"\\\b\f\n\r\t";
    if (short_escapes.find(character.front()) != std::string_view::npos) return 2;
    return first < 0x20 ? 6 : character.size();
}

// Takes characters off the end until their JSON is `excess` bytes less, the ellipsis included.
void shorten(std::string& text, std::size_t excess) {
    std::size_t kept = text.size(), saved = 0;
    while (kept > 0 && saved < excess + ellipsis.size()) {
        const auto start = cut_utf8(text, kept - 1).size();
        saved += json_bytes(std::string_view(text).substr(start, kept - start));
        kept = start;
    }
    text.resize(kept);
    if (kept > 0) text += ellipsis;
}

template <class Payload>
bj::object fitted(push_message of, std::size_t max_bytes, Payload payload_of) {
    auto payload = payload_of(of);
    const auto excess = [&]() -> std::size_t {
        const auto size = bj::serialize(payload).size();
        return size > max_bytes ? size - max_bytes : 0;
    };
    if (excess() > 0 && !of.data.empty()) {
        of.data.clear();
        payload = payload_of(of);
    }
    for (auto* text : {&of.body, &of.title}) {
        const auto bytes = excess();
        if (bytes == 0) break;
        shorten(*text, bytes);
        payload = payload_of(of);
    }
    return payload;
}

}  // namespace

push_message make_push_message(outgoing from, std::string url) {
    push_message made;
    made.notification_id = from.what.notification_id;
    made.event_type = std::move(from.what.event_type);
    made.title = std::move(from.content.subject);
    made.body = std::move(from.content.text);
    made.url = std::move(url);
    made.data = std::move(from.event);
    return made;
}

std::string web_payload(push_message of, std::size_t max_bytes) {
    return bj::serialize(fitted(std::move(of), max_bytes, [](const push_message& shown) {
        bj::object payload{
            {"title", shown.title},
            {"body", shown.body},
            {"eventType", shown.event_type},
            {"notificationId", shown.notification_id},
        };
        if (!shown.data.empty()) payload["data"] = shown.data;
        if (!shown.url.empty()) payload["url"] = shown.url;
        return payload;
    }));
}

bj::object fcm_payload(push_message of, std::size_t max_bytes) {
    return fitted(std::move(of), max_bytes, [](const push_message& shown) {
        bj::object data{
            {"eventType", shown.event_type},
            {"notificationId", std::to_string(shown.notification_id)},
        };
        if (!shown.data.empty()) data["data"] = bj::serialize(shown.data);
        if (!shown.url.empty()) data["url"] = shown.url;
        return bj::object{
            {"notification", {{"title", shown.title}, {"body", shown.body}}},
            {"data", std::move(data)},
        };
    });
}

}  // namespace esm::notifications
