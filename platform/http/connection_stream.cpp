// How a connection takes and gives bodies that come bit by bit. See connection.hpp and body_source.hpp.
#include <boost/asio/redirect_error.hpp>

#include "platform/http/connection.hpp"
#include "platform/http/shard.hpp"

namespace esm::http {

namespace {

using boost::system::error_code;

// One of the server's streams, until the body is written.
class stream_place {
public:
    explicit stream_place(server_shared& shared)
        : shared_(shared), taken_(shared.streams.fetch_add(1) < shared.options.streams_max) {}
    ~stream_place() { shared_.streams.fetch_sub(1); }
    stream_place(const stream_place&) = delete;
    stream_place& operator=(const stream_place&) = delete;
    explicit operator bool() const { return taken_; }

private:
    server_shared& shared_;
    const bool taken_;
};

response too_many(const server_shared& shared, const request& asked) {
    shared.requests.count_rejection(rejection::streams);
    return problem_reply(
        fail(errc::overloaded, "too many bodies are being streamed; try again shortly"), asked
    );
}

std::string chunk_of(const std::string& part) {
    return fmt::format("{:x}\r\n{}\r\n", part.size(), part);
}

}  // namespace

awaitable<std::shared_ptr<const response>> body_source::instead() {
    co_return nullptr;
}

awaitable<response> connection::answer_streamed(const router::match& matched) {
    const stream_place place(owner_->shared());
    if (!place) co_return too_many(owner_->shared(), call_);
    body_.begin(matched.found->body_max_bytes);
    call_.arriving = &body_;
    co_return co_await owner_->shared().requests.answer(call_, matched, owner_->slots());
}

awaitable<bool> connection::send_stream(const response& reply, reply_frame frame) {
    const stream_place place(owner_->shared());
    if (!place) co_return co_await send(too_many(owner_->shared(), call_), frame.keep_alive);
    if (leaves_out_body(reply, frame)) co_return co_await send_head(reply, frame);
    streaming_ = reply.source;
    if (owner_->shared().stopping) streaming_->end_soon();
    const bool watched = !reply.source->length();
    if (watched) watch_client();
    bool whole = false;
    std::shared_ptr<const response> other;
    std::exception_ptr failure;
    try {
        enter(phase::streaming, std::chrono::milliseconds::max());
        other = co_await reply.source->instead();
        if (!other && !client_gone_ && co_await send_head(reply, frame)) {
            whole = co_await send_parts(*reply.source, frame.http_1_0);
        }
    } catch (...) {
        failure = std::current_exception();
    }
    streaming_.reset();
    if (watched) co_await stop_watching();
    if (failure) std::rethrow_exception(failure);
    if (other && !client_gone_) co_return co_await send(*other, frame.keep_alive && !must_close());
    co_return whole;
}

awaitable<bool> connection::send_head(const response& reply, const reply_frame& frame) {
    out_.clear();
    append_reply_head(out_, reply, frame);
    return send_bytes(out_, {});
}

// False when the client is gone or the source did not keep its word about the length.
awaitable<bool> connection::send_parts(body_source& from, bool http_1_0) {
    const auto length = from.length();
    const bool chunked = !length && !http_1_0;
    std::uint64_t written = 0;
    for (;;) {
        enter(phase::streaming, std::chrono::milliseconds::max());
        auto part = co_await from.next();
        if (client_gone_ || !socket_.is_open()) co_return false;
        if (part.empty()) break;
        written += part.size();
        if (length && written > *length) throw std::logic_error("a body is longer than its length");
        if (chunked) part = chunk_of(part);
        if (!co_await send_bytes(part, {})) co_return false;
    }
    if (length && written < *length) throw std::runtime_error("a body is shorter than its length");
    co_return !chunked || co_await send_bytes("0\r\n\r\n", {});
}

// Reads on beside the stream: the end of the connection is noticed, and a next request that comes early waits
// in the buffer. One that fills the buffer ends the watch; a client that leaves then is noticed by a write.
void connection::watch_client() {
    if (!watching_) watching_.emplace();
    if (!make_room()) return watching_->set_value(true);
    const auto space = asio::buffer(buffer_.data() + end_, buffer_.size() - end_);
    socket_.async_read_some(
        space,
        [this, self = shared_from_this()](const error_code& ec, std::size_t count) {
            end_ += count;
            if (ec) {
                client_gone_ = streaming_ != nullptr;
                if (streaming_) streaming_->end_soon();
                watching_->set_value(true);
            } else if (streaming_) {
                watch_client();
            } else {
                watching_->set_value(true);
            }
        }
    );
}

awaitable<void> connection::stop_watching() {
    error_code ignored;
    socket_.cancel(ignored);
    co_await watching_->get();
    watching_.reset();
}

void connection::end_stream_soon() {
    if (streaming_) streaming_->end_soon();
}

}  // namespace esm::http
