// The handler beside workers that misbehave, each a script in place of esm-image, and the sandbox of the real
// one.
#include "services/tasks/handlers/image_processing/child_process.hpp"

#include <unistd.h>

#include <cstdlib>
#include <thread>

#include "services/tasks/handlers/image_processing/test_pictures.hpp"

namespace esm::tasks::image_processing {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
namespace bj = boost::json;

class image_worker_test : public image_test {
protected:
    void TearDown() override { std::filesystem::remove_all(folder_); }

    // What the handler makes of a worker that is this script.
    outcome run_script(const std::string& script, run_control& control = test_work::calm()) {
        std::filesystem::create_directories(folder_);
        options_.worker = folder_ / "worker";
        std::ofstream(options_.worker) << "#!/bin/sh\n" << script << "\n";
        std::filesystem::permissions(options_.worker, std::filesystem::perms::owner_all);
        return run("any", R"([{"name":"a.png","format":"png"}])", control);
    }

    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("esm-worker-" + random_hex(8));
};

TEST_F(image_worker_test, is_not_there) {
    options_.worker = "/nowhere/esm-image";
    const auto done = run("any", R"([{"name":"a"}])");
    EXPECT_EQ(done.how, kind::failed);
    EXPECT_EQ(done.text, "/nowhere/esm-image cannot be started: No such file or directory");
}

TEST_F(image_worker_test, crashes) {
    const auto done = run_script("kill -SEGV $$");
    EXPECT_EQ(done.how, kind::rejected);
    EXPECT_EQ(done.text, "the picture makes its decoder crash (signal 11, Segmentation fault)");
    EXPECT_THAT(
        run_script("echo 'failed to allocate 9 bytes' >&2; kill -TRAP $$").text, HasSubstr("bytes of memory")
    );
    EXPECT_EQ(run_script("kill -KILL $$").how, kind::failed);
}

TEST_F(image_worker_test, complaints_are_logged_and_bounded) {
    const auto done =
        run_script("i=0; while [ $i -lt 2000 ]; do echo complaint $i >&2; i=$((i+1)); done; exit 3");
    EXPECT_EQ(done.how, kind::failed);
    EXPECT_EQ(done.text, "esm-image ended with status 3 and no result");
    ASSERT_EQ(work_->lines.size(), 1U);
    EXPECT_LE(work_->lines[0].size(), 500U);
}

TEST_F(image_worker_test, answers_nonsense) {
    for (const std::string answer :
         {"",
          "x",
          "[]",
          "{}",
          R"({"result":1})",
          R"({"result":{}})",
          R"({"result":{"input":1,"outputs":[]}})",
          R"({"result":{"input":{"format":"png","width":1,"height":1,"frames":1},"outputs":[]}})",
          R"({"result":{"input":{"format":"exe","width":1,"height":1,"frames":1},"outputs":[1]}})",
          R"({"result":{"input":{"format":"png","width":-1,"height":1,"frames":1},"outputs":[1]}})"}) {
        EXPECT_EQ(run_script("echo '" + answer + "'").how, kind::failed) << answer;
        EXPECT_THAT(work_->kept, ::testing::IsEmpty());
    }
    // A result without its file, and one in another format than was asked for.
    const std::string shape = R"({"format":"png","width":1,"height":1,"frames":1})";
    const auto result = [&](const std::string& output) {
        return R"(echo '{"result":{"input":)" + shape + R"(,"outputs":[)" + output + "]}}'";
    };
    EXPECT_EQ(run_script(result(shape)).how, kind::failed);
    EXPECT_EQ(run_script(result(R"({"format":"gif","width":1,"height":1,"frames":1})")).how, kind::failed);
    EXPECT_THAT(work_->kept, ::testing::IsEmpty());
}

TEST_F(image_worker_test, messages_are_made_harmless) {
    EXPECT_EQ(run_script(R"(printf '{"refused":"a\\u0000\\nb"}\n')").text, "a  b");
    EXPECT_EQ(run_script(R"(printf '{"failed":"later"}\n')").how, kind::failed);
    const auto done =
        run_script(R"(printf '{"progress":1000}\n{"progress":"x"}\n{"progress":-5}\n{"refused":"no"}\n')");
    EXPECT_EQ(done.text, "no");
}

TEST_F(image_worker_test, writes_without_end) {
    const auto begun = run_control::clock::now();
    EXPECT_EQ(
        run_script("while :; do echo 0123456789012345678901234567890123456789; done").how, kind::rejected
    );
    EXPECT_EQ(
        run_script("while :; do printf 0123456789012345678901234567890123456789; done").how, kind::rejected
    );
    EXPECT_LT(run_control::clock::now() - begun, 20s);
}

TEST_F(image_worker_test, hangs_with_its_output_closed) {
    run_control control(nullptr, run_control::clock::now() + 300ms);
    EXPECT_EQ(run_script("exec >&- 2>&-; while :; do :; done", control).how, kind::stopped);
}

TEST_F(image_worker_test, inherits_nothing) {
    ::setenv("ESM_TEST_SECRET", "leaked", 1);
    // Without FD_CLOEXEC, as a library might leave one.
    constexpr int open_here = 77;
    ASSERT_EQ(::dup2(STDERR_FILENO, open_here), open_here);
    const auto done = run_script(
        R"([ -e /proc/$$/fd/77 ] && fds=open || fds=closed
        echo "{\"refused\":\"${ESM_TEST_SECRET:-no secret}, $fds\"}")"
    );
    ::close(open_here);
    ::unsetenv("ESM_TEST_SECRET");
    EXPECT_EQ(done.text, "no secret, closed");
}

bj::object checked_sandbox() {
    const std::string command = std::string(ESM_IMAGE_WORKER) + " check";
    std::string text;
    FILE* from = ::popen(command.c_str(), "r");
    std::array<char, 4096> buffer{};
    while (std::fgets(buffer.data(), buffer.size(), from)) text += buffer.data();
    EXPECT_EQ(::pclose(from), 0) << text;
    return bj::parse(text).as_object();
}

// Tried in processes that entered the sandbox as a job does.
TEST_F(image_worker_test, the_sandbox_refuses_network_and_programs) {
    const auto tried = checked_sandbox();
    EXPECT_EQ(tried.at("both").at("allowed").as_array(), bj::array{}) << bj::serialize(tried);
    for (const auto* each : {"socket", "connect", "execve", "fork", "open", "ptrace", "kill"}) {
        const auto& refused = tried.at("both").at("refused").as_array();
        EXPECT_NE(std::find(refused.begin(), refused.end(), bj::value(each)), refused.end()) << each;
    }
    // Each mechanism that is there holds by itself.
    if (tried.at("filter").at("available").as_bool()) {
        EXPECT_EQ(tried.at("filter").at("allowed").as_array(), bj::array{});
    }
    if (tried.at("namespace").at("available").as_bool()) {
        const auto& refused = tried.at("namespace").at("refused").as_array();
        EXPECT_NE(std::find(refused.begin(), refused.end(), bj::value("connect")), refused.end());
    }
}

std::string status_of_child() {
    std::string text;
    for (const auto& thread : std::filesystem::directory_iterator("/proc/self/task")) {
        std::ifstream children(thread.path() / "children");
        for (std::string id; children >> id;) {
            std::ifstream status("/proc/" + id + "/status");
            text.append(std::istreambuf_iterator<char>(status), {});
        }
    }
    return text;
}

TEST_F(image_worker_test, a_job_runs_in_the_sandbox) {
    run_control control(nullptr, run_control::clock::now() + 20s);
    std::string seen;
    std::jthread looker([&] {
        for (int i = 0; i < 1000 && seen.find("Seccomp:\t2") == std::string::npos; ++i) {
            std::this_thread::sleep_for(10ms);
            seen = status_of_child();
        }
        control.cancel();
    });
    EXPECT_EQ(
        run(encoded(noise(2000, 2000), ".png[compression=1]"),
            R"([{"name":"a","format":"avif","lossless":true}])",
            control)
            .how,
        kind::stopped
    );
    looker.join();
    EXPECT_THAT(seen, HasSubstr("Seccomp:\t2"));
    EXPECT_THAT(seen, HasSubstr("NoNewPrivs:\t1"));
}

}  // namespace
}  // namespace esm::tasks::image_processing
