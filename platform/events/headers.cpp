// See headers.hpp. CloudEvents 1.0.2, Kafka protocol binding section 3.2 (binary content mode).
#include "platform/events/headers.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <stdexcept>

#include "platform/base/utf8.hpp"
#include "platform/events/json_text.hpp"

namespace esm::events {

namespace bj = boost::json;

namespace {

constexpr std::size_t id_max_bytes = 128;

// An id is a database key: visible ASCII alone, so that no text column can refuse it.
bool is_sane_id(std::string_view id) {
    return !id.empty() && id.size() <= id_max_bytes &&
           std::all_of(id.begin(), id.end(), [](char each) { return each > ' ' && each < 0x7F; });
}

void complain(delivered& into, std::string why) {
    if (!into.well_formed) return;
    into.well_formed = false;
    into.malformed_why = std::move(why);
}

void read_time(const std::string& value, delivered& into) {
    if (const auto parsed = parse_instant(value))
        into.value.time = *parsed;
    else
        complain(into, "ce_time is no RFC 3339 instant");
}

void read_version(const std::string& value, delivered& into) {
    const char* end = value.data() + value.size();
    const auto [stopped, failure] = std::from_chars(value.data(), end, into.value.aggregate_version);
    if (failure != std::errc{} || stopped != end) complain(into, "ce_aggregateversion is no integer");
}

void read_header(const std::string& name, const std::string& value, delivered& into) {
    event& found = into.value;
    if (name == "ce_id") {
        if (is_sane_id(value))
            found.id = value;
        else
            complain(into, "ce_id is not 1 to 128 visible characters");
    } else if (name == "ce_type")
        found.type = value;
    else if (name == "ce_source")
        found.source = value;
    else if (name == "ce_time")
        read_time(value, into);
    else if (name == "ce_dataschema")
        found.dataschema = value;
    else if (name == "ce_correlationid")
        found.correlation_id = value;
    else if (name == "ce_causationid")
        found.causation_id = value;
    else if (name == "ce_traceparent")
        found.traceparent = value;
    else if (name == "ce_aggregateversion")
        read_version(value, into);
    else if (name == "ce_specversion" && value != "1.0")
        complain(into, "ce_specversion is not 1.0");
    if (name.starts_with("ce_") && !is_utf8(value)) complain(into, name + " is no UTF-8 text");
}

}  // namespace

header_list to_headers(const event& given) {
    header_list headers;
    headers.reserve(12);
    const auto add = [&](const char* name, std::string value) {
        if (!value.empty()) headers.emplace_back(name, std::move(value));
    };
    add("ce_specversion", "1.0");
    add("ce_id", given.id);
    add("ce_source", given.source);
    add("ce_type", given.type);
    add("ce_time", format_instant(given.time));
    add("ce_subject", given.key);
    add("ce_dataschema", given.dataschema);
    add("ce_correlationid", given.correlation_id);
    add("ce_causationid", given.causation_id);
    add("ce_traceparent", given.traceparent);
    add("ce_aggregateversion", std::to_string(given.aggregate_version));
    add("content-type", "application/json");
    return headers;
}

std::string encode_headers(const header_list& headers) {
    std::string text;
    text.reserve(512);
    text += '{';
    for (const auto& [name, value] : headers) append_json_member(text, name, value);
    text += '}';
    return text;
}

header_list decode_headers(std::string_view json) {
    boost::system::error_code failure;
    const bj::value parsed = bj::parse(json, failure);
    if (failure || !parsed.is_object()) throw std::runtime_error("headers are no JSON object");
    header_list headers;
    headers.reserve(parsed.get_object().size());
    for (const auto& [name, value] : parsed.get_object()) {
        headers.emplace_back(
            name, value.is_string() ? std::string(value.get_string()) : bj::serialize(value)
        );
    }
    return headers;
}

void read_headers(const header_list& headers, delivered& into) {
    into.raw_headers = encode_headers(headers);
    for (const auto& [name, value] : headers) read_header(name, value, into);
    if (into.value.id.empty()) complain(into, "ce_id is missing");
    if (into.value.type.empty()) complain(into, "ce_type is missing");
}

}  // namespace esm::events
