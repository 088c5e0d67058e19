// See event.hpp. Attributes are a flat JSON object that leaves out what is empty.
#include "platform/events/event.hpp"

#include <array>
#include <boost/json.hpp>
#include <stdexcept>

#include "platform/base/random.hpp"
#include "platform/events/json_text.hpp"

namespace esm::events {

namespace bj = boost::json;

namespace {

void append_text(std::string& into, std::string_view name, std::string_view value) {
    if (!value.empty()) append_json_member(into, name, value);
}

void read_attribute(std::string_view name, const bj::value& found, event& into) {
    if (name == "time") {
        into.time = found.as_int64();
    } else if (name == "version") {
        into.aggregate_version = found.as_int64();
    } else {
        const std::string_view text = found.as_string();
        if (name == "id")
            into.id = text;
        else if (name == "type")
            into.type = text;
        else if (name == "source")
            into.source = text;
        else if (name == "correlationId")
            into.correlation_id = text;
        else if (name == "causationId")
            into.causation_id = text;
        else if (name == "traceparent")
            into.traceparent = text;
        else if (name == "dataschema")
            into.dataschema = text;
    }
}

}  // namespace

event make_event(
    std::string_view topic,
    std::string_view type,
    std::string_view source,
    std::string key,
    std::int64_t aggregate_version,
    std::string data,
    const trace_context& trace
) {
    event made;
    made.topic = topic;
    made.key = std::move(key);
    made.id = make_uuid();
    made.type = type;
    made.source = source;
    made.time = now_us();
    made.aggregate_version = aggregate_version;
    made.correlation_id = trace.correlation_id;
    made.causation_id = trace.causation_id;
    made.traceparent = trace.traceparent;
    made.dataschema = "urn:eventstreammonitor:event:";
    made.dataschema += type;
    made.data = std::move(data);
    return made;
}

trace_context trace_of(const event& cause) {
    return {cause.correlation_id, cause.correlation_id, cause.id, cause.traceparent};
}

std::string encode_attributes(const event& given) {
    std::string text;
    text.reserve(320);
    text += '{';
    append_text(text, "id", given.id);
    append_text(text, "type", given.type);
    append_text(text, "source", given.source);
    append_text(text, "correlationId", given.correlation_id);
    append_text(text, "causationId", given.causation_id);
    append_text(text, "traceparent", given.traceparent);
    append_text(text, "dataschema", given.dataschema);
    if (text.back() != '{') text += ',';
    fmt::format_to(
        std::back_inserter(text), R"("time":{},"version":{}}})", given.time, given.aggregate_version
    );
    return text;
}

void decode_attributes(std::string_view text, event& into) {
    std::array<unsigned char, 4096> memory;
    bj::monotonic_resource overflow(memory.data(), memory.size());
    boost::system::error_code failure;
    const bj::value parsed = bj::parse(text, failure, &overflow);
    if (failure || !parsed.is_object()) throw std::runtime_error("event attributes are no JSON object");
    for (const auto& [name, found] : parsed.get_object()) read_attribute(name, found, into);
}

}  // namespace esm::events
