// See dead_letters.hpp.
#include "platform/events/dead_letters.hpp"

#include <algorithm>
#include <cctype>

#include "platform/events/headers.hpp"

namespace esm::events {

namespace {

constexpr std::size_t message_max_bytes = 1024;
// Any log takes a letter of this size; Kafka's brokers refuse messages over 1 MiB unless told otherwise.
constexpr std::size_t sure_value_bytes = 512 * 1024;

}  // namespace

bool is_topic_name(std::string_view text) {
    if (text.empty() || text.size() > topic_name_max) return false;
    return std::all_of(text.begin(), text.end(), [](char each) {
        return std::isalnum(static_cast<unsigned char>(each)) != 0 || each == '.' || each == '_' ||
               each == '-';
    });
}

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
    const auto topic = dead_letter_topic(group, refused.value.topic);
    const auto& value = refused.value.data;
    if (co_await log.publish_raw(topic, refused.value.key, encode_headers(headers), value, patience)) {
        co_return true;
    }
    if (value.size() <= sure_value_bytes) co_return false;
    // With its origin in the headers the letter may have become too large to be taken, and would hold up all
    // that follows: better one without the value, which stands where it came from.
    headers.emplace_back("__dlq.errors.value_bytes", std::to_string(value.size()));
    co_return co_await log.publish_raw(topic, refused.value.key, encode_headers(headers), "", patience);
}

}  // namespace esm::events
