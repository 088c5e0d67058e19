// See dead_letters.hpp.
#include "platform/events/dead_letters.hpp"

#include "platform/events/headers.hpp"

namespace esm::events {

namespace {

constexpr std::size_t message_max_bytes = 1024;

}  // namespace

std::string dead_letter_topic(const std::string& group, const std::string& topic) {
    return "dlq." + group + "." + topic;
}

awaitable<bool> bury(
    event_log& log,
    std::string group,
    const delivered& refused,
    std::string why,
    int deliveries,
    std::chrono::milliseconds patience
) {
    header_list headers = decode_headers(refused.raw_headers);
    bool replayed = false;
    std::erase_if(headers, [&](const auto& each) {
        replayed = replayed || each.first == "replay_count";
        return each.first.starts_with("__dlq.errors.");
    });
    if (why.size() > message_max_bytes) why.resize(message_max_bytes);
    headers.emplace_back("__dlq.errors.topic", refused.value.topic);
    headers.emplace_back("__dlq.errors.partition", std::to_string(refused.partition));
    headers.emplace_back("__dlq.errors.offset", std::to_string(refused.offset));
    headers.emplace_back("__dlq.errors.group", group);
    headers.emplace_back("__dlq.errors.delivery.count", std::to_string(deliveries));
    headers.emplace_back("__dlq.errors.message", std::move(why));
    if (!replayed) headers.emplace_back("replay_count", "0");
    co_return co_await log.publish_raw(
        dead_letter_topic(group, refused.value.topic),
        refused.value.key,
        encode_headers(headers),
        refused.value.data,
        patience
    );
}

}  // namespace esm::events
