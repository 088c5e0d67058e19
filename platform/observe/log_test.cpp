// Log lines as a reader of standard error sees them: one JSON object a line, whatever the input holds.
#include "platform/observe/log.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <boost/json.hpp>

#include "platform/observe/log_line.hpp"

namespace esm::observe {
namespace {

using namespace std::string_literals;

std::vector<std::string> captured(const std::function<void()>& body) {
    testing::internal::CaptureStderr();
    body();
    spdlog::default_logger()->flush();
    std::vector<std::string> lines;
    std::string text = testing::internal::GetCapturedStderr();
    for (std::size_t end = 0; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
        lines.push_back(text.substr(0, end));
    }
    EXPECT_EQ(text, "") << "a line without its end";
    return lines;
}

boost::json::object only_line(const std::function<void()>& body) {
    const auto lines = captured(body);
    if (lines.size() != 1) throw std::runtime_error("expected one line");
    return boost::json::parse(lines[0]).as_object();
}

TEST(log, a_line_has_time_level_service_message_trace_and_fields) {
    configure_logs({.service = "tasks"});
    const trace_context trace{
        "req-1", "corr-1", "", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    };
    const auto line = only_line([&] {
        log(level::warn,
            "task failed",
            trace,
            {{"taskId", std::int64_t{1001}}, {"ratio", 0.5}, {"final", true}, {"taskType", std::string("x")}}
        );
    });
    EXPECT_TRUE(parse_instant(line.at("time").as_string()).has_value());
    EXPECT_EQ(line.at("level"), "warn");
    EXPECT_EQ(line.at("service"), "tasks");
    EXPECT_EQ(line.at("message"), "task failed");
    EXPECT_EQ(line.at("requestId"), "req-1");
    EXPECT_EQ(line.at("correlationId"), "corr-1");
    EXPECT_EQ(line.at("traceparent").as_string(), trace.traceparent);
    EXPECT_FALSE(line.contains("causationId"));
    EXPECT_EQ(line.at("taskId"), 1001);
    EXPECT_EQ(line.at("ratio"), 0.5);
    EXPECT_EQ(line.at("final"), true);
    EXPECT_EQ(line.at("taskType"), "x");
}

TEST(log, a_call_may_name_its_own_service) {
    configure_logs({.service = "esm"});
    const auto line = only_line([] { log(level::info, "ready", {{"service", std::string("users")}}); });
    EXPECT_EQ(line.at("service"), "users");
}

TEST(log, no_input_forges_a_line_or_an_escape_sequence) {
    configure_logs({});
    const std::string evil =
        "bob\r\n{\"level\":\"info\"}\x1b[31m\x7f\xc2\x9b"
        "31m\0end\" \\"s;
    const auto lines = captured([&] { log(level::warn, evil, {{"user\nname", evil}}); });
    ASSERT_EQ(lines.size(), 1U);
    for (const char c : lines[0]) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
    EXPECT_EQ(lines[0].find('\x7f'), std::string::npos);
    EXPECT_EQ(lines[0].find('\xc2'), std::string::npos) << "C1 control characters open escape sequences too";
    const auto line = boost::json::parse(lines[0]).as_object();
    EXPECT_EQ(line.at("message").as_string(), evil);
    EXPECT_EQ(line.at("user\nname").as_string(), evil);
}

TEST(log, bytes_that_are_not_utf8_are_replaced_and_text_is_kept) {
    std::string text;
    append_json_string(text, "gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 \xff\xc0\xaf\xed\xa0\x80");
    EXPECT_EQ(text, "\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x98\x80 \\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\\ufffd\"");
}

TEST(log, lines_below_the_level_are_left_out) {
    configure_logs({.level = "warn"});
    EXPECT_TRUE(captured([] { log(level::info, "quiet"); }).empty());
    EXPECT_EQ(captured([] { log(level::error, "loud"); }).size(), 1U);
}

TEST(log, spdlog_calls_elsewhere_get_the_same_form) {
    configure_logs({.service = "auth"});
    const auto line = only_line([] { spdlog::error("shard {}: {}", 1, "gone\n"); });
    EXPECT_EQ(line.at("level"), "error");
    EXPECT_EQ(line.at("service"), "auth");
    EXPECT_EQ(line.at("message"), "shard 1: gone\n");
}

TEST(log, the_text_form_is_one_escaped_line) {
    const field fields[] = {{"taskId", std::int64_t{7}}};
    const log_line line{1'000'001, "info", "tasks", "a\x1b[0mb", nullptr, fields};
    EXPECT_EQ(text_line(line), "00:00:01.000001 info  tasks         a\\u001b[0mb  taskId=7\n");
}

TEST(log, wrong_options_are_refused) {
    EXPECT_THROW(configure_logs({.level = "loud"}), std::invalid_argument);
    EXPECT_THROW(configure_logs({.format = "xml"}), std::invalid_argument);
}

}  // namespace
}  // namespace esm::observe
