// Events out of bytes, however they are cut.
#include "app/event_parser.hpp"

namespace esm::app {
namespace {

std::string shown(const std::vector<server_event>& events) {
    std::string text;
    for (const auto& each : events) text += each.id + "|" + each.type + "|" + each.data + "\n";
    return text;
}

constexpr std::string_view stream =
    "retry: 1500\n\n: a comment\n\nid: 7\nevent: running\ndata: {\"a\":1}\n\ndata:one\ndata: two\r\n\r\n"
    "event: nothing\n\nid:8\rdata\r\rid: 9\n\ndata: cut off";

constexpr std::string_view expected = "7|running|{\"a\":1}\n7|message|one\ntwo\n8|message|\n";

TEST(event_parser, reads_events_whole) {
    event_parser parser;
    EXPECT_EQ(shown(parser.feed(stream)), expected);
    EXPECT_EQ(parser.retry_ms(), 1500);
}

TEST(event_parser, reads_events_cut_anywhere) {
    for (std::size_t size = 1; size < 9; ++size) {
        event_parser parser;
        std::string text;
        for (std::size_t at = 0; at < stream.size(); at += size)
            text += shown(parser.feed(stream.substr(at, size)));
        EXPECT_EQ(text, expected) << size;
    }
}

TEST(event_parser, bad_waits_are_ignored_and_endless_events_refused) {
    event_parser parser;
    parser.feed("retry: soon\nretry: -1\n\n");
    EXPECT_FALSE(parser.retry_ms());
    const std::string part(1024UL * 1024, 'x');
    const auto feed_too_much = [&] {
        for (std::size_t i = 0; i <= event_parser::event_max_bytes; i += part.size()) parser.feed(part);
    };
    EXPECT_THROW(feed_too_much(), std::runtime_error);
}

}  // namespace
}  // namespace esm::app
