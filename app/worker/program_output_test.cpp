// What programs say, line by line: messages, logs, and what looks like either.
#include "app/worker/program_output.hpp"

#include <gtest/gtest.h>

namespace esm::app {
namespace {

constexpr std::size_t result_max_bytes = 100;

std::vector<std::string> texts(program_output& from) {
    std::vector<std::string> found;
    for (auto& each : from.take_lines()) found.push_back(std::move(each.text));
    return found;
}

TEST(program_output, messages_are_understood_in_whatever_pieces_they_come) {
    program_output said(result_max_bytes);
    for (const char each :
         std::string_view("{\"progress\":40}\n{\"log\":\"half\",\"severity\":\"error\"}\r\n\n"))
        said.take_output({&each, 1});
    EXPECT_EQ(said.take_progress(), 40);
    EXPECT_EQ(said.take_progress(), std::nullopt);
    const auto lines = said.take_lines();
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(lines[0].text, "half");
    EXPECT_EQ(lines[0].severity, line_severity::error);
    said.take_output("{\"progress\":50,\"log\":\"more\"}\n{\"retryAfterSeconds\":30}\n");
    EXPECT_EQ(said.take_progress(), 50);
    EXPECT_EQ(said.retry_after(), std::chrono::seconds(30));
}

TEST(program_output, the_last_result_counts_and_stays_as_it_was_written) {
    program_output said(result_max_bytes);
    said.take_output("{\"result\":1}\n {\"result\" : {\"a\": 0.10, \"b\": 12345678901234567890123} } \n");
    EXPECT_EQ(said.result(), "{\"a\": 0.10, \"b\": 12345678901234567890123}");
    said.take_output("{\"result\":{\"a\":1},\"progress\":100}\n");
    EXPECT_EQ(said.result(), "{\"a\":1}");
    said.take_output("{\"result\":null}");
    said.finish();
    EXPECT_EQ(said.result(), "null");
    EXPECT_FALSE(said.lost_a_result());
}

TEST(program_output, other_lines_are_for_the_log) {
    program_output said(result_max_bytes);
    const std::vector<std::string> others{
        "plain text",
        "{\"progress\":140}",
        "{\"progress\":\"40\"}",
        "{\"progress\":40,\"level\":\"info\"}",
        "{\"log\":7}",
        "{\"log\":\"x\",\"severity\":\"loud\"}",
        "{\"retryAfterSeconds\":-1}",
        "{}",
        "[1]",
        "{\"result\":",
    };
    for (const auto& each : others) said.take_output(each + "\n");
    EXPECT_EQ(texts(said), others);
    EXPECT_EQ(said.take_progress(), std::nullopt);
    EXPECT_FALSE(said.result());
}

TEST(program_output, what_is_too_long_is_cut_and_a_result_not_taken_for_one) {
    program_output said(result_max_bytes);
    said.take_output("{\"result\":\"" + std::string(200, 'x') + "\"}\n");
    EXPECT_TRUE(said.lost_a_result());
    said.take_output("{\"result\":\"short\"}\n");
    EXPECT_FALSE(said.lost_a_result());
    said.take_output("{\"result\":\"" + std::string(5000, 'x') + "\"}\n");
    EXPECT_TRUE(said.lost_a_result());
    program_output other(10'000);
    other.take_output(std::string(20'000, 'y') + "\nnext\n");
    EXPECT_EQ(texts(other), (std::vector<std::string>{std::string(4096, 'y'), "next"}));
    EXPECT_FALSE(other.lost_a_result());
}

TEST(program_output, errors_go_to_the_log_and_their_end_is_kept) {
    program_output said(result_max_bytes);
    said.take_errors("warming up\n");
    said.take_errors(std::string(10'000, 'z') + "\nno such file\n\n");
    said.finish();
    const auto lines = said.take_lines();
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0].severity, line_severity::warn);
    EXPECT_TRUE(said.error_tail().ends_with("z\nno such file"));
    EXPECT_LE(said.error_tail().size(), 2048U);
}

TEST(program_output, only_valid_texts_without_nul_come_out) {
    EXPECT_EQ(as_utf8("gr\xC3\xBC\xC3\x9F"), "gr\xC3\xBC\xC3\x9F");
    EXPECT_EQ(
        as_utf8(std::string_view("a\0b\xFF", 4)),
        "a\xEF\xBF\xBD"
        "b\xEF\xBF\xBD"
    );
}

TEST(program_output, a_log_has_an_end) {
    program_output said(result_max_bytes);
    for (int i = 0; i < 1500; ++i) said.take_output("line\n");
    const auto lines = texts(said);
    ASSERT_EQ(lines.size(), 1000U);
    EXPECT_NE(lines.back(), "line");
    said.take_output("{\"progress\":9}\nmore\n");
    EXPECT_TRUE(texts(said).empty());
    EXPECT_EQ(said.take_progress(), 9);
}

}  // namespace
}  // namespace esm::app
