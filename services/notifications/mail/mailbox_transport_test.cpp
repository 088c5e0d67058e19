// Mails as files: whole, named by their notification, once however often they are written.
#include "services/notifications/mail/mailbox_transport.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "platform/async/runtime.hpp"
#include "platform/base/random.hpp"

namespace esm::notifications {
namespace {

namespace fs = std::filesystem;

class mailbox_transport_test : public testing::Test {
protected:
    mailbox_transport_test() { runtime_.start(); }
    ~mailbox_transport_test() override { fs::remove_all(folder_); }

    send_answer send(mailbox_transport& by, std::int64_t id, std::string content) {
        outgoing_mail mail{
            id, 1'700'000'000'000'000, "from@example.org", "to@example.org", std::move(content)
        };
        return runtime_.block_on(by.send(std::move(mail)));
    }

    async::runtime runtime_{1};
    const fs::path folder_{fs::temp_directory_path() / ("esm-mailbox-" + random_hex(6))};
};

TEST_F(mailbox_transport_test, a_mail_is_one_whole_file) {
    mailbox_transport transport((folder_ / "deep" / "mailbox").string(), 16);
    EXPECT_EQ(send(transport, 1000, "Subject: one\r\n\r\nbody\r\n").outcome, send_outcome::accepted);
    std::ifstream file(folder_ / "deep" / "mailbox" / "1700000000000000-1000.eml", std::ios::binary);
    std::ostringstream content;
    content << file.rdbuf();
    EXPECT_EQ(content.str(), "Subject: one\r\n\r\nbody\r\n");
}

TEST_F(mailbox_transport_test, the_same_mail_again_is_still_one_file) {
    mailbox_transport transport(folder_.string(), 16);
    send(transport, 1000, "first");
    send(transport, 1000, "again");
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
}

TEST_F(mailbox_transport_test, a_folder_that_cannot_be_is_the_channels_fault) {
    fs::create_directories(folder_);
    std::ofstream(folder_ / "file").put('x');
    mailbox_transport transport((folder_ / "file").string(), 16);
    const auto answer = send(transport, 1000, "content");
    EXPECT_EQ(answer.outcome, send_outcome::away);
    EXPECT_THAT(answer.text, testing::HasSubstr("the mailbox folder"));
}

}  // namespace
}  // namespace esm::notifications
