// What a mail's fate is where a server hangs up, by how far it came: a server of a few lines that hangs up
// where the test wants.
#include "services/notifications/mail/smtp_session.hpp"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/streambuf.hpp>
#include <boost/asio/write.hpp>
#include <thread>

namespace esm::notifications {
namespace {

using asio::ip::tcp;

// Of one connection; hangs up at the line that begins so, the content's last one is ".".
class short_server {
public:
    explicit short_server(std::string hangs_up_at)
        : hangs_up_at_(std::move(hangs_up_at)), serving_([this] { serve(); }) {}
    ~short_server() { serving_.join(); }
    short_server(const short_server&) = delete;
    short_server& operator=(const short_server&) = delete;

    smtp_options options() const {
        smtp_options made;
        made.url = fmt::format("smtp://127.0.0.1:{}", listening_.local_endpoint().port());
        return made;
    }

private:
    void serve() {
        boost::system::error_code ended;
        auto peer = listening_.accept(ended);
        asio::streambuf read;
        bool content = false;
        for (std::string answer = "220 here\r\n";; answer = content ? "354 go on\r\n" : "250 OK\r\n") {
            asio::write(peer, asio::buffer(answer), ended);
            std::string line;
            do {
                const auto size = asio::read_until(peer, read, "\r\n", ended);
                if (ended) return;
                line.assign(asio::buffers_begin(read.data()), asio::buffers_begin(read.data()) + size);
                read.consume(size);
            } while (content && line != ".\r\n");
            if (line.starts_with(hangs_up_at_)) return;
            content = line.starts_with("DATA");
        }
    }

    const std::string hangs_up_at_;
    asio::io_context io_;
    tcp::acceptor listening_{io_, {asio::ip::make_address("127.0.0.1"), 0}};
    std::thread serving_;  // last: it uses the others
};

send_answer send_until(std::string hangs_up_at) {
    const short_server server(std::move(hangs_up_at));
    const std::atomic<bool> stopping{false};
    smtp_session session(server.options(), stopping);
    return session.send({1000, 1, "us@example.org", "ada@example.org", "Subject: hello\r\n\r\nhello\r\n"});
}

TEST(smtp_session, a_server_that_hangs_up_before_the_content_has_no_mail) {
    for (const auto* line : {"EHLO", "MAIL", "RCPT", "DATA"}) {
        const auto answer = send_until(line);
        EXPECT_EQ(answer.outcome, send_outcome::away) << line;
        EXPECT_FALSE(answer.may_have_arrived) << line;
    }
}

TEST(smtp_session, a_server_that_hangs_up_after_the_content_may_deliver_it) {
    const auto answer = send_until(".");
    EXPECT_EQ(answer.outcome, send_outcome::away);
    EXPECT_TRUE(answer.may_have_arrived);
}

}  // namespace
}  // namespace esm::notifications
