// Events and their two encodings: outbox attributes and headers.
#include "platform/events/event.hpp"

#include <gtest/gtest.h>

#include "platform/base/utf8.hpp"
#include "platform/events/headers.hpp"
#include "platform/events/json_text.hpp"

namespace esm::events {
namespace {

const trace_context trace{
    "request", "correlation \"1\"\n", "cause", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
};

event sample() {
    return make_event("tasks", "task.created.v1", "/tasks", "1000", 7, R"({"taskId":1000})", trace);
}

void expect_same_attributes(const event& a, const event& b) {
    EXPECT_EQ(a.id, b.id);
    EXPECT_EQ(a.type, b.type);
    EXPECT_EQ(a.source, b.source);
    EXPECT_EQ(a.time, b.time);
    EXPECT_EQ(a.aggregate_version, b.aggregate_version);
    EXPECT_EQ(a.correlation_id, b.correlation_id);
    EXPECT_EQ(a.causation_id, b.causation_id);
    EXPECT_EQ(a.traceparent, b.traceparent);
    EXPECT_EQ(a.dataschema, b.dataschema);
}

TEST(event, carries_the_trace_of_its_request) {
    const auto made = sample();
    EXPECT_EQ(made.id.size(), 36U);
    EXPECT_EQ(made.correlation_id, trace.correlation_id);
    EXPECT_EQ(made.causation_id, trace.causation_id);
    EXPECT_GT(made.time, 0);
    EXPECT_EQ(made.dataschema, "urn:eventstreammonitor:event:task.created.v1");
    const auto next = trace_of(made);
    EXPECT_EQ(next.correlation_id, trace.correlation_id);
    EXPECT_EQ(next.causation_id, made.id);
    EXPECT_EQ(next.traceparent, trace.traceparent);
}

TEST(attributes, come_back_as_they_were) {
    const auto made = sample();
    event read;
    decode_attributes(encode_attributes(made), read);
    expect_same_attributes(made, read);
}

TEST(attributes, may_be_empty) {
    event read;
    decode_attributes(encode_attributes(event{}), read);
    expect_same_attributes(event{}, read);
}

TEST(attributes, refuse_what_is_no_object) {
    event read;
    EXPECT_THROW(decode_attributes("[1]", read), std::runtime_error);
    EXPECT_THROW(decode_attributes("", read), std::runtime_error);
}

TEST(headers, are_cloudevents_in_binary_mode) {
    const auto made = sample();
    const auto headers = to_headers(made);
    const auto find = [&](std::string_view name) -> std::string {
        for (const auto& [each, value] : headers) {
            if (each == name) return value;
        }
        return "absent";
    };
    EXPECT_EQ(find("ce_specversion"), "1.0");
    EXPECT_EQ(find("ce_id"), made.id);
    EXPECT_EQ(find("ce_subject"), "1000");
    EXPECT_EQ(find("ce_time"), format_instant(made.time));
    EXPECT_EQ(find("ce_aggregateversion"), "7");
    EXPECT_EQ(find("content-type"), "application/json");
    delivered read;
    read_headers(decode_headers(encode_headers(headers)), read);
    EXPECT_TRUE(read.well_formed) << read.malformed_why;
    expect_same_attributes(made, read.value);
}

TEST(headers, tell_what_is_malformed) {
    const auto why = [](header_list headers) {
        delivered read;
        read_headers(headers, read);
        EXPECT_FALSE(read.well_formed);
        return read.malformed_why;
    };
    EXPECT_EQ(why({}), "ce_id is missing");
    EXPECT_EQ(why({{"ce_id", "1"}}), "ce_type is missing");
    EXPECT_EQ(
        why({{"ce_id", std::string("a\0b", 3)}, {"ce_type", "t"}}), "ce_id is not 1 to 128 visible characters"
    );
    EXPECT_EQ(why({{"ce_id", "1"}, {"ce_type", "t"}, {"ce_time", "noon"}}), "ce_time is no RFC 3339 instant");
    EXPECT_EQ(
        why({{"ce_id", "1"}, {"ce_type", "t"}, {"ce_specversion", "2.0"}}), "ce_specversion is not 1.0"
    );
    EXPECT_EQ(why({{"ce_id", "1"}, {"ce_type", "\xff"}}), "ce_type is no UTF-8 text");
    EXPECT_EQ(
        why({{"ce_id", "1"}, {"ce_type", "t"}, {"ce_aggregateversion", "7x"}}),
        "ce_aggregateversion is no integer"
    );
}

TEST(headers, of_any_bytes_are_valid_json) {
    const header_list given{{"a", std::string("\0\x01\"\\\n", 5)}, {"b", "\xff\xfe"}, {"c", "žluťoučký"}};
    const auto read = decode_headers(encode_headers(given));
    EXPECT_EQ(read[0], given[0]);
    EXPECT_EQ(read[1].second, "ÿþ");
    EXPECT_EQ(read[2], given[2]);
}

TEST(utf8, refuses_overlong_and_cut_sequences) {
    EXPECT_TRUE(is_utf8("aé€😀"));
    EXPECT_FALSE(is_utf8("\xc0\x80"));
    EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
    EXPECT_FALSE(is_utf8("\xf4\x90\x80\x80"));
    EXPECT_FALSE(is_utf8("\xe2\x82"));
    EXPECT_FALSE(is_utf8("\xf0\x80\x80\x80"));
}

}  // namespace
}  // namespace esm::events
