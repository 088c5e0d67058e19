// An event as it travels: CloudEvents 1.0 attributes (Kafka protocol binding, binary mode) and the entity's
// JSON.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "platform/base/clock.hpp"
#include "platform/base/context.hpp"

namespace esm::events {

struct event {
    std::string topic;
    std::string key;     // the entity's id: events of one key stay in order
    std::string id;      // UUID v7
    std::string type;    // "task.created.v1"
    std::string source;  // "/tasks"
    instant_us time{0};
    std::int64_t aggregate_version{0};
    std::string correlation_id;
    std::string causation_id;
    std::string traceparent;
    std::string dataschema;
    std::string data;  // JSON text of the entity after the change; never a secret in it
};

// A new event of now, with a fresh id and the trace of the request that makes it true.
event make_event(
    std::string_view topic,
    std::string_view type,
    std::string_view source,
    std::string key,
    std::int64_t aggregate_version,
    std::string data,
    const trace_context& trace
);

// The trace that work caused by `cause` runs on: the same correlation id, causation id = the event's id.
trace_context trace_of(const event& cause);

// Attributes as one JSON object text (the outbox column), and back.
std::string encode_attributes(const event& given);
void decode_attributes(std::string_view text, event& into);

}  // namespace esm::events
