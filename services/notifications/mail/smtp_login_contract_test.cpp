// SMTP sessions with servers that want a login: AUTH, STARTTLS, TLS from the start, and what must never be
// sent in the clear. The server is smtp_login_server.py.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "platform/base/random.hpp"
#include "services/notifications/mail/smtp_session.hpp"

namespace esm::notifications {
namespace {

using ::testing::HasSubstr;

constexpr int plain_port = 23580, starttls_port = 23581, tls_port = 23582;

class smtp_login_test : public ::testing::Test {
protected:
    smtp_login_test() {
        std::filesystem::create_directories(folder_);
        const auto line = fmt::format(
            "exec /usr/bin/python3 {}/services/notifications/mail/smtp_login_server.py {} {} {} {} >{} "
            "2>/dev/null",
            ESM_SOURCE_DIR,
            folder_.string(),
            plain_port,
            starttls_port,
            tls_port,
            output().string()
        );
        const char* arguments[] = {"/bin/sh", "-c", line.c_str(), nullptr};
        const int failure =
            ::posix_spawn(&server_, "/bin/sh", nullptr, nullptr, const_cast<char**>(arguments), environ);
        if (failure != 0) throw std::runtime_error("the login server cannot be started");
        for (int i = 0; i < 1000 && printed().empty(); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }

    ~smtp_login_test() override {
        ::kill(server_, SIGTERM);
        ::waitpid(server_, nullptr, 0);
        std::filesystem::remove_all(folder_);
    }

    std::filesystem::path output() const { return folder_ / "output"; }

    std::vector<std::string> printed() const {
        std::ifstream file(output());
        std::vector<std::string> lines;
        for (std::string line; std::getline(file, line);) lines.push_back(line);
        return lines;
    }

    smtp_options options(std::string url, std::string username = {}, std::string password = {}) const {
        smtp_options made{std::move(url), std::move(username), std::move(password)};
        made.ca_file = (folder_ / "certificate.pem").string();
        made.timeout = std::chrono::seconds(3);
        return made;
    }

    send_answer send(const smtp_options& options, int times = 1) const {
        smtp_session session(options, stopping_);
        send_answer last;
        for (int i = 0; i < times; ++i) {
            last =
                session.send({1000, 5, "from@example.org", "to@example.org", "Subject: x\r\n\r\nbody\r\n"});
        }
        return last;
    }

    const std::filesystem::path folder_{
        std::filesystem::temp_directory_path() / ("esm-login-" + random_hex(6))
    };
    std::atomic<bool> stopping_{false};
    pid_t server_{0};
};

std::string url(std::string_view scheme, int port) {
    return fmt::format("{}://localhost:{}", scheme, port);
}

TEST_F(smtp_login_test, a_login_from_the_settings_or_the_url) {
    EXPECT_EQ(send(options(url("smtp", plain_port), "esm", "secret")).outcome, send_outcome::accepted);
    const auto with_login = fmt::format("smtp://esm:secret@localhost:{}", plain_port);
    EXPECT_EQ(send(options(with_login)).outcome, send_outcome::accepted);
    EXPECT_THAT(printed().back(), HasSubstr("plain login"));
}

TEST_F(smtp_login_test, a_wrong_or_missing_login_is_the_channels_fault) {
    const auto wrong = send(options(url("smtp", plain_port), "esm", "guess"));
    EXPECT_EQ(wrong.outcome, send_outcome::away);
    EXPECT_THAT(wrong.text, HasSubstr("535"));
    const auto missing = send(options(url("smtp", plain_port)));
    EXPECT_EQ(missing.outcome, send_outcome::away);
    EXPECT_THAT(missing.text, HasSubstr("530"));
}

TEST_F(smtp_login_test, starttls_is_used_where_it_is_offered) {
    EXPECT_EQ(send(options(url("smtp", starttls_port), "esm", "secret")).outcome, send_outcome::accepted);
    EXPECT_THAT(printed().back(), HasSubstr("tls login"));
}

TEST_F(smtp_login_test, tls_from_the_start) {
    EXPECT_EQ(send(options(url("smtps", tls_port), "esm", "secret")).outcome, send_outcome::accepted);
    EXPECT_THAT(printed().back(), HasSubstr("tls login"));
}

TEST_F(smtp_login_test, an_unknown_authority_is_refused) {
    auto strangers = options(url("smtps", tls_port), "esm", "secret");
    strangers.ca_file.clear();
    const auto answer = send(strangers);
    EXPECT_EQ(answer.outcome, send_outcome::away);
    EXPECT_THAT(answer.text, HasSubstr("certificate"));
}

TEST_F(smtp_login_test, a_password_needs_tls_unless_the_server_is_on_this_machine) {
    // Linux takes this address to this machine too, but it is none of the loopback's.
    const auto answer = send(options(fmt::format("smtp://0.0.0.0:{}", plain_port), "esm", "secret"));
    EXPECT_EQ(answer.outcome, send_outcome::away);
    EXPECT_EQ(printed().size(), 1U) << "only ready: nothing was accepted";
}

TEST_F(smtp_login_test, the_connection_is_kept_between_mails) {
    EXPECT_EQ(send(options(url("smtp", plain_port), "esm", "secret"), 5).outcome, send_outcome::accepted);
    const auto lines = printed();
    ASSERT_EQ(lines.size(), 6U);
    EXPECT_EQ(lines[1], lines[5]) << "same peer port";
}

}  // namespace
}  // namespace esm::notifications
