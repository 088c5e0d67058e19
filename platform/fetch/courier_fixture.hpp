// For the tests of the courier: shards to call from, and calls by the dozen.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/use_future.hpp>
#include <csignal>
#include <future>

#include "platform/fetch/courier.hpp"
#include "platform/fetch/test_server.hpp"
#include "platform/testing/support.hpp"

namespace esm::fetch::testing {

class courier_fixture : public ::testing::Test {
protected:
    courier_fixture() { std::signal(SIGPIPE, SIG_IGN); }  // as main does

    static courier_options open_options() {
        courier_options made;
        made.strangers.allowed.push_back(*network::parse("127.0.0.1/32"));
        return made;
    }
    static call post(std::string url, bool strangers = false) {
        call made;
        made.url = std::move(url);
        made.body = "{}";
        made.timeout = std::chrono::seconds(5);
        made.strangers = strangers;
        return made;
    }
    reply send(courier& by, call given) { return runtime_.block_on(by.send(std::move(given))); }
    std::future<reply> begin(courier& by, call given) {
        return asio::co_spawn(
            runtime_.executor(runtime_.next_shard()), by.send(std::move(given)), asio::use_future
        );
    }

    esm::testing::started_runtime runtime_;
};

// Holds answers back until it is opened.
class barrier {
public:
    void open() { opened_.set_value(); }
    void wait() const { open_.wait(); }

private:
    std::promise<void> opened_;
    std::shared_future<void> open_{opened_.get_future()};
};

}  // namespace esm::fetch::testing
