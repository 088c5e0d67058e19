// Where events go that can never be applied: topic dlq.<group>.<topic>, the value and headers as they came,
// and beside them where the event stood and why it was refused.
#pragma once

#include <string>
#include <string_view>

#include "platform/events/event_log.hpp"

namespace esm::events {

inline constexpr std::size_t topic_name_max = 249;  // Kafka's limit

// What Kafka takes as a topic's name: letters, digits, dots, hyphens and underscores.
bool is_topic_name(std::string_view text);

std::string dead_letter_topic(const std::string& group, const std::string& topic);

// True once the letter is durably in the log.
awaitable<bool> bury(
    event_log& log,
    std::string group,
    const delivered& refused,
    std::string why,
    int deliveries,
    std::chrono::milliseconds patience
);

}  // namespace esm::events
