// One client's connection: reads requests, has them answered, writes the answers, one after the other, in one
// coroutine. Belongs to its shard, whose tick ends it when a deadline passes; so no operation needs a timer
// of its own.
#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <vector>

#include "platform/async/oneshot.hpp"
#include "platform/http/connection_body.hpp"
#include "platform/http/front.hpp"
#include "platform/http/reply_text.hpp"
#include "platform/http/request_reader.hpp"

namespace esm::http {

class shard;

class connection : public std::enable_shared_from_this<connection> {
public:
    connection(std::shared_ptr<shard> owner, asio::ip::tcp::socket socket, std::string peer);
    ~connection();
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;

    // Serves until either side ends it. The caller keeps the connection alive until then.
    awaitable<void> serve();
    // Says 503 and closes: there are too many connections already.
    awaitable<void> turn_away();

    // Called by the shard, on its thread.
    void end_if_late(deadline now);
    void end_if_idle();
    // Asks the source of a body that is being written to come to its end.
    void end_stream_soon();
    void end();

private:
    friend class connection_body;
    enum class phase : std::uint8_t { idle, head, body, handling, streaming, writing, lingering };

    awaitable<bool> receive();
    awaitable<bool> read_head();
    awaitable<bool> read_body(std::size_t max_bytes, bool& refused);
    awaitable<bool> send_continue();
    awaitable<response> answer_streamed(const router::match& matched);
    awaitable<bool> send(const response& reply, bool keep_alive);
    awaitable<bool> send_stream(const response& reply, reply_frame frame);
    awaitable<bool> send_head(const response& reply, const reply_frame& frame);
    awaitable<bool> send_parts(body_source& from, bool http_1_0);
    void watch_client();
    awaitable<void> stop_watching();
    awaitable<bool> send_bytes(std::string_view first, std::string_view second);
    awaitable<void> refuse(error cause);
    awaitable<void> linger();
    void begin_request();
    bool must_close() const;
    void enter(phase next, std::chrono::milliseconds patience);
    std::string_view received() const { return {buffer_.data() + begin_, end_ - begin_}; }
    bool make_room();

    const std::shared_ptr<shard> owner_;
    asio::ip::tcp::socket socket_;
    const std::string peer_;
    request_reader reader_;
    request call_;
    connection_body body_{*this};
    std::vector<char> buffer_;  // received bytes; those from begin_ to end_ are not used yet
    std::size_t begin_{0}, end_{0};
    std::string out_;  // the answer being written; kept for its storage
    std::size_t served_{0};
    std::shared_ptr<body_source> streaming_;        // while its body is written
    std::optional<async::oneshot<bool>> watching_;  // answered when the watch over the client has ended
    bool client_gone_{false};
    phase phase_{phase::idle};
    deadline until_{deadline::max()};
};

}  // namespace esm::http
