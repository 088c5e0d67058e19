// The table of tasks: what is shown, what is left out, and that it fits.
#include "app/task_table.hpp"

#include <gmock/gmock.h>

#include "platform/base/utf8.hpp"

namespace esm::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr instant_us now = 1'700'000'000'000'000;

task_line made(std::int64_t id, std::string status, std::int64_t progress = 0) {
    task_line line;
    line.id = id;
    line.type = "data_processing";
    line.status = std::move(status);
    line.progress = progress;
    line.attempt = 1;
    line.max_attempts = 3;
    if (line.status == "running") line.started_at = now - 65'000'000;
    if (has_ended(line)) {
        line.started_at = now - 3'500'000;
        line.completed_at = now;
    }
    return line;
}

TEST(task_table, shows_states_bars_and_times) {
    auto failed = made(3, "failed", 40);
    failed.message = "row 7 has 3 columns\x1b[2J";
    failed.attempt = 3;
    const auto lines = draw_tasks(
        {made(1, "completed", 100), made(2, "running", 50), failed, made(12, "pending")}, {}, now, 1
    );
    EXPECT_THAT(
        lines,
        ElementsAre(
            "  ID  TYPE             STATUS     PROGRESS          TIME",
            "+ 1   data_processing  completed  ########## 100 %  3.5 s     ",
            "/ 2   data_processing  running    #####.....  50 %  1:05      ",
            "x 3   data_processing  failed     ####......  40 %  3.5 s       attempt 3 of 3:~",
            ". 12  data_processing  pending    ..........                  ",
            "1 running, 1 pending, 1 completed, 1 failed"
        )
    );
    const auto wide = draw_tasks({failed}, {false, true, 120, 0}, now, 0);
    EXPECT_THAT(wide[1], HasSubstr("████████░░░░░░░░░░░░"));
    EXPECT_THAT(wide[1], HasSubstr("row 7 has 3 columns?[2J")) << "no text moves the cursor";
}

TEST(task_table, says_when_what_is_scheduled_begins) {
    auto later = made(1, "scheduled");
    for (const auto& [seconds, shown] :
         {std::pair{65, "in 1:05"}, {7'200, "in 2:00:00"}, {40'000, "in 11 h"}, {900'000, "in 10 d"}}) {
        later.run_at = now + seconds * instant_us{1'000'000};
        EXPECT_THAT(draw_tasks({later}, {}, now, 0)[1], HasSubstr(shown));
    }
}

TEST(task_table, fits_its_terminal) {
    std::vector<task_line> tasks;
    for (int i = 0; i < 50; ++i) tasks.push_back(made(1000 + i, i % 10 == 0 ? "running" : "pending", 33));
    tasks[5] = made(1005, "completed", 100);
    tasks[7].message = std::string(500, 'm');
    for (const std::size_t columns : {44U, 60U, 80U, 100U, 200U}) {
        const auto lines = draw_tasks(tasks, {false, true, columns, 10}, now, 3, "reconnecting");
        ASSERT_EQ(lines.size(), 10U);
        for (std::size_t i = 1; i + 1 < lines.size(); ++i) {
            EXPECT_LE(count_characters(lines[i]), columns) << lines[i];
        }
        EXPECT_THAT(lines.back(), HasSubstr("42 not shown · reconnecting"));
        for (const auto* id : {"1000", "1010", "1020", "1030", "1040", "1005"}) {
            const auto is_there = std::any_of(lines.begin(), lines.end(), [id](const auto& each) {
                return each.find(id) != std::string::npos;
            });
            EXPECT_TRUE(is_there) << id << " runs or has ended: it is shown first";
        }
    }
}

TEST(task_table, colours_are_asked_for) {
    EXPECT_THAT(draw_tasks({made(1, "failed")}, {}, now, 0)[1], Not(HasSubstr("\x1b")));
    EXPECT_THAT(
        draw_tasks({made(1, "failed")}, {true, true, 80, 24}, now, 0)[1], HasSubstr("\x1b[31mfailed")
    );
}

TEST(task_table, plain_lines_and_clocks) {
    EXPECT_EQ(plain_line(made(7, "running", 40)), "7 data_processing running 40 %");
    auto timed_out = made(8, "timed_out");
    timed_out.message = "too\nlong";
    EXPECT_EQ(plain_line(timed_out), "8 data_processing timed_out: too?long");
    EXPECT_EQ(clock_text(59), "0:59");
    EXPECT_EQ(clock_text(3661), "1:01:01");
}

TEST(task_table, reads_what_the_service_answers) {
    const auto read = read_task_line(boost::json::parse(R"({"taskId":1042,"taskType":"a","status":"running",
        "progress":5,"errorMessage":null,"attempt":2,"maxAttempts":3,"version":9,
        "runAt":"2025-03-14T09:26:53.589793Z","startedAt":"2025-03-14T09:26:54Z","completedAt":null})")
                                         .as_object());
    EXPECT_EQ(read.id, 1042);
    EXPECT_EQ(read.version, 9);
    EXPECT_EQ(read.message, "");
    EXPECT_TRUE(read.started_at);
    EXPECT_FALSE(read.completed_at);
    EXPECT_FALSE(has_ended(read));
}

}  // namespace
}  // namespace esm::app
