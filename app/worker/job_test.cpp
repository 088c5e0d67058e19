// Real programs under /bin/sh: how attempts end, and that nothing of them is left.
#include "app/worker/job.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>
#include <thread>

#include "platform/testing/support.hpp"

namespace esm::app {
namespace {

using namespace std::chrono_literals;
using kind = job_outcome::kind;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class running_programs : public ::testing::Test {
protected:
    running_programs() { std::signal(SIGPIPE, SIG_IGN); }  // as main does

    static job::leased_task task(std::string parameters = "{}") {
        job::leased_task made;
        made.set_task_id(1234);
        made.set_lease_token(2);
        made.set_task_type("resize");
        made.set_attempt(2);
        made.set_max_attempts(3);
        made.set_time_left_ms(60'000);
        made.set_parameters_json(std::move(parameters));
        made.add_tags("a");
        made.add_tags("b");
        return made;
    }

    job make(std::string command, job::leased_task what = task()) {
        options_.command = std::move(command);
        options_.environment = {"PATH=/usr/bin:/bin", "ESM_TASK_ID=7", "OTHER=kept"};
        options_.kill_after = 300ms;
        options_.result_max_bytes = 1000;
        return job(std::move(what), options_, [this] { ++said_; });
    }
    job_outcome outcome(std::string command) { return make(std::move(command)).run(); }

    // Runs it and does something once it has said something.
    template <class Act>
    job_outcome interrupted(std::string command, Act act, job::leased_task what = task()) {
        said_ = 0;  // an earlier program of the test may have spoken
        auto work = make(std::move(command), std::move(what));
        std::thread other([&] {
            EXPECT_TRUE(esm::testing::eventually(5s, [this] { return said_ > 0; }));
            act(work);
        });
        auto ended = work.run();
        other.join();
        return ended;
    }

    job_options options_;
    std::atomic<int> said_{0};
};

TEST_F(running_programs, parameters_in_and_a_result_out) {
    auto work = make(
        "read -r given; echo \"{\\\"progress\\\":40}\"; echo note; echo warning >&2; "
        "echo \"{\\\"result\\\":{\\\"given\\\":$given}}\"",
        task("{\"width\":10}\n")
    );
    const auto ended = work.run();
    EXPECT_EQ(ended.how, kind::completed);
    EXPECT_EQ(ended.text, "{\"given\":{\"width\":10}}");
    EXPECT_EQ(work.take_progress(), 40);
    EXPECT_EQ(work.take_progress(), std::nullopt);
    EXPECT_EQ(work.take_lines().size(), 2U);
    EXPECT_GT(said_, 0);
}

TEST_F(running_programs, large_parameters_that_nobody_reads) {
    const auto large = "{\"x\":\"" + std::string(900'000, 'x') + "\"}";
    EXPECT_EQ(make("exit 0", task(large)).run().text, "null");
    const auto counted = make("printf '{\"result\":%d}' $(wc -c)", task(large)).run();
    EXPECT_EQ(counted.text, std::to_string(large.size()));
}

TEST_F(running_programs, the_environment_tells_of_the_task) {
    const auto ended = outcome(
        "printf '{\"result\":\"%s\"}' \"$ESM_TASK_ID $ESM_TASK_TYPE $ESM_ATTEMPT/$ESM_MAX_ATTEMPTS "
        "$ESM_TASK_TAGS $OTHER\""
    );
    EXPECT_EQ(ended.text, "\"1234 resize 2/3 a,b kept\"");
}

TEST_F(running_programs, failures_say_what_the_program_said_last) {
    const auto failed = outcome("echo first >&2; echo 'no space left' >&2; exit 3");
    EXPECT_EQ(failed.how, kind::failed);
    EXPECT_THAT(failed.text, StartsWith("exit status 3: "));
    EXPECT_THAT(failed.text, EndsWith("no space left"));
    const auto rejected = outcome("echo '{\"result\":1}'; exit 65");
    EXPECT_EQ(rejected.how, kind::rejected);
    EXPECT_EQ(rejected.text, "exit status 65");
    EXPECT_EQ(outcome("echo '{\"retryAfterSeconds\":9}'; exit 75").retry_after, 9s);
    EXPECT_THAT(outcome("kill -9 $$").text, HasSubstr("signal 9"));
    const auto missing = outcome("no-such-program-here");
    EXPECT_EQ(missing.how, kind::failed);
    EXPECT_THAT(missing.text, HasSubstr("no-such-program-here"));
}

TEST_F(running_programs, a_result_over_the_limit_is_no_result) {
    const auto ended = outcome("printf '{\"result\":\"%02000d\"}\\n' 0");
    EXPECT_EQ(ended.how, kind::rejected);
    EXPECT_THAT(ended.text, HasSubstr("1000 bytes"));
}

TEST_F(running_programs, a_cancelled_program_may_tidy_up) {
    const auto ended = interrupted(
        "trap 'echo tidied >&2; exit 4' TERM; echo up; while :; do sleep 0.05; done",
        [](job& work) { work.cancel(); }
    );
    EXPECT_EQ(ended.how, kind::failed);
    EXPECT_THAT(ended.text, HasSubstr("exit status 4"));
    EXPECT_EQ(
        interrupted("trap 'exit 0' TERM; echo up; sleep 9 & wait", [](job& work) { work.cancel(); }).how,
        kind::completed
    );
}

TEST_F(running_programs, one_that_does_not_listen_is_killed_with_all_it_started) {
    const esm::testing::temporary_folder folder;
    const auto file = folder.file("pid");
    const auto begin = std::chrono::steady_clock::now();
    const auto ended = interrupted(
        "trap '' TERM; sleep 60 & echo $! > " + file + "; echo up; while :; do sleep 0.05; done",
        [](job& work) { work.cancel(); }
    );
    EXPECT_EQ(ended.how, kind::failed);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
    pid_t started = 0;
    std::ifstream(file) >> started;
    ASSERT_GT(started, 0);
    EXPECT_TRUE(esm::testing::eventually(5s, [started] {
        std::ifstream status("/proc/" + std::to_string(started) + "/stat");
        std::string line;
        std::getline(status, line);
        return line.empty() || line.find(") Z ") != std::string::npos;
    }));
}

TEST_F(running_programs, what_is_lost_is_killed_at_once) {
    const auto begin = std::chrono::steady_clock::now();
    interrupted("trap '' TERM; echo up; sleep 30", [](job& work) { work.lose(); });
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_F(running_programs, what_is_stopped_for_the_workers_end_is_given_back) {
    const auto give_back = [](job& work) { work.give_back(); };
    EXPECT_EQ(interrupted("echo up; exec sleep 30", give_back).how, kind::given_back);
    said_ = 0;
    EXPECT_EQ(interrupted("trap 'exit 0' TERM; echo up; sleep 9 & wait", give_back).how, kind::completed);
}

TEST_F(running_programs, time_has_an_end) {
    auto short_one = task();
    short_one.set_time_left_ms(1'000);
    const auto ended = make("exec sleep 30", short_one).run();
    EXPECT_EQ(ended.how, kind::failed);
    EXPECT_EQ(ended.text, "took longer than its 1 s");
}

TEST_F(running_programs, one_that_leaves_another_behind_ends_all_the_same) {
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_EQ(outcome("sleep 30 & echo '{\"result\":5}'").text, "5");
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

}  // namespace
}  // namespace esm::app
