// See connection.hpp.
#include "platform/http/connection.hpp"

#include <boost/asio/write.hpp>

#include "platform/http/shard.hpp"

namespace esm::http {

namespace {

using boost::system::error_code;

constexpr std::size_t buffer_first_bytes = 4 * 1024;
constexpr std::size_t buffer_max_bytes = 16 * 1024;
constexpr std::size_t kept_body_max_bytes = 64 * 1024;  // larger storage is given back after its request
constexpr std::size_t joined_body_max_bytes =
    32 * 1024;  // smaller bodies are copied behind their head: one write
constexpr std::size_t write_slice_bytes = 1024 * 1024;  // each has the write deadline for itself
constexpr std::size_t unrouted_body_max_bytes = 64 * 1024;
constexpr std::size_t linger_max_bytes = 1024 * 1024;
constexpr std::chrono::milliseconds linger_patience{1'000};
constexpr std::chrono::milliseconds linger_patience_when_stopping{100};
constexpr std::string_view continue_line = "HTTP/1.1 100 Continue\r\n\r\n";

auto no_throw(error_code& ec) {
    return asio::redirect_error(asio::use_awaitable, ec);
}

}  // namespace

connection::connection(std::shared_ptr<shard> owner, asio::ip::tcp::socket socket, std::string peer)
    : owner_(std::move(owner)),
      socket_(std::move(socket)),
      peer_(std::move(peer)),
      reader_(
          {owner_->shared().options.header_max_bytes,
           owner_->shared().options.target_max_bytes,
           owner_->shared().options.headers_max}
      ),
      buffer_(buffer_first_bytes) {
    error_code ignored;
    socket_.non_blocking(true, ignored);
    socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

connection::~connection() = default;

void connection::enter(phase next, std::chrono::milliseconds patience) {
    phase_ = next;
    until_ = patience == std::chrono::milliseconds::max() ? deadline::max() : deadline_in(patience);
}

void connection::end() {
    end_stream_soon();
    error_code ignored;
    socket_.close(ignored);
}

void connection::end_if_idle() {
    if (phase_ == phase::idle || phase_ == phase::lingering) end();
}

void connection::end_if_late(deadline now) {
    if (now < until_ || !socket_.is_open()) return;
    const auto& requests = owner_->shared().requests;
    if (phase_ == phase::head) requests.count_rejection(rejection::header_timeout);
    if (phase_ == phase::body) requests.count_rejection(rejection::body_timeout);
    if (phase_ == phase::writing) requests.count_rejection(rejection::write_timeout);
    end();
}

bool connection::must_close() const {
    const auto& shared = owner_->shared();
    return shared.stopping.load(std::memory_order_relaxed) ||
           served_ >= shared.options.requests_a_connection_max;
}

// Moves unused bytes to the front, grows up to the limit; false when the buffer is full of bytes nobody can
// use.
bool connection::make_room() {
    if (begin_ == end_) begin_ = end_ = 0;
    if (end_ < buffer_.size()) return true;
    if (begin_ > 0) {
        std::copy(
            buffer_.begin() + static_cast<std::ptrdiff_t>(begin_),
            buffer_.begin() + static_cast<std::ptrdiff_t>(end_),
            buffer_.begin()
        );
        end_ -= begin_;
        begin_ = 0;
        return true;
    }
    const auto limit = std::max(buffer_max_bytes, 2 * owner_->shared().options.header_max_bytes);
    if (buffer_.size() >= limit) return false;
    buffer_.resize(std::min(buffer_.size() * 4, limit));
    return true;
}

// Waits for more bytes; false when the client is gone or late.
awaitable<bool> connection::receive() {
    if (!make_room()) co_return false;
    error_code ec;
    const auto space = asio::buffer(buffer_.data() + end_, buffer_.size() - end_);
    const auto count = co_await socket_.async_read_some(space, no_throw(ec));
    end_ += count;
    co_return !ec;
}

void connection::begin_request() {
    call_.method.clear();
    call_.path.clear();
    call_.target.clear();
    call_.route = {};
    call_.path_params.clear();
    call_.query.clear();
    call_.headers.clear();
    call_.body.clear();
    call_.arriving = nullptr;
    if (call_.body.capacity() > kept_body_max_bytes) call_.body.shrink_to_fit();
    if (out_.capacity() > kept_body_max_bytes) std::string().swap(out_);
    call_.ctx = {};
    reader_.begin(call_);
}

// Reads the next head. False when there is none, or when it was refused (and answered).
awaitable<bool> connection::read_head() {
    const auto& options = owner_->shared().options;
    begin_request();
    const bool already_here = begin_ != end_;
    enter(
        already_here ? phase::head : phase::idle, already_here ? options.header_timeout : options.idle_timeout
    );
    for (;;) {
        if (begin_ != end_) {
            auto used = reader_.read_head(received());
            if (!used) {
                co_await refuse(used.error());
                co_return false;
            }
            begin_ += *used;
            if (reader_.head_done()) co_return true;
        }
        if (!co_await receive()) co_return false;
        // The deadline of a head counts from its first byte and is not moved by later ones.
        if (phase_ == phase::idle) enter(phase::head, options.header_timeout);
    }
}

// Reads the rest of the request. False when the client is gone, or with `refused` when the body was.
awaitable<bool> connection::read_body(std::size_t max_bytes, bool& refused) {
    enter(phase::body, owner_->shared().options.body_timeout);
    auto problem = reader_.limit_body(max_bytes);
    if (problem && reader_.expects_continue() && begin_ == end_) {
        if (!co_await send_continue()) co_return false;
        enter(phase::body, owner_->shared().options.body_timeout);
    }
    while (problem) {
        auto used = reader_.read_body(received());
        if (!used) {
            problem = used.error();
            break;
        }
        begin_ += *used;
        if (reader_.done()) co_return true;
        if (!co_await receive()) co_return false;
    }
    refused = true;
    co_await refuse(problem.error());
    co_return false;
}

awaitable<void> connection::serve() {
    auto& shared = owner_->shared();
    for (;;) {
        if (!co_await read_head()) co_return;
        call_.peer = shared.proxies.client_of(peer_, call_.header("x-forwarded-for"));
        const auto matched = shared.requests.enter(call_);
        bool keep_alive = reader_.keep_alive();
        const bool streamed = matched.found && matched.found->streams_body;
        if (!streamed && !reader_.done()) {
            // A client that asks before it sends its body is told at once that there is no such route.
            const bool pointless = !matched.found && reader_.expects_continue();
            const auto max_bytes = matched.found ? matched.found->body_max_bytes : unrouted_body_max_bytes;
            bool refused = false;
            if (!pointless && !co_await read_body(max_bytes, refused)) co_return;
            keep_alive = keep_alive && !pointless;
        }
        ++served_;
        enter(phase::handling, std::chrono::milliseconds::max());
        const auto reply = co_await (
            streamed ? answer_streamed(matched) : shared.requests.answer(call_, matched, owner_->slots())
        );
        keep_alive = keep_alive && (!streamed || reader_.done());  // what is left unread cannot be told apart
        // Without a length only the end of the connection ends the body for HTTP/1.0.
        const bool endless = reply.source && !reply.source->length() && reader_.http_1_0();
        keep_alive = keep_alive && !must_close() && !endless;
        if (!co_await send(reply, keep_alive)) co_return;
        // The server may have begun to stop while a long body was written.
        if (!keep_alive || must_close()) break;
    }
    co_await linger();
}

awaitable<bool> connection::send_continue() {
    return send_bytes(continue_line, {});
}

awaitable<bool> connection::send(const response& reply, bool keep_alive) {
    const reply_frame frame{
        call_.ctx.trace.request_id, keep_alive, call_.method == "HEAD", reader_.http_1_0()
    };
    if (reply.source) return send_stream(reply, frame);
    out_.clear();
    append_reply_head(out_, reply, frame);
    if (leaves_out_body(reply, frame)) return send_bytes(out_, {});
    if (reply.body.size() > joined_body_max_bytes) return send_bytes(out_, reply.body);
    out_ += reply.body;
    return send_bytes(out_, {});
}

// Most answers fit the socket's buffer, so a plain write comes first and the reactor only sees the rest.
awaitable<bool> connection::send_bytes(std::string_view first, std::string_view second) {
    enter(phase::writing, owner_->shared().options.write_timeout);
    std::array<asio::const_buffer, 2> parts{asio::buffer(first), asio::buffer(second)};
    error_code ec;
    auto sent = socket_.write_some(parts, ec);
    if (ec && ec != asio::error::would_block && ec != asio::error::try_again) co_return false;
    if (sent == first.size() + second.size()) co_return true;
    for (auto& part : parts) {
        const auto done = std::min(sent, part.size());
        part += done;
        sent -= done;
    }
    for (auto& part : parts) {
        while (part.size() > 0) {
            const auto written =
                co_await asio::async_write(socket_, asio::buffer(part, write_slice_bytes), no_throw(ec));
            if (ec) co_return false;
            part += written;
            if (written == write_slice_bytes) enter(phase::writing, owner_->shared().options.write_timeout);
        }
    }
    co_return true;
}

// Answers what could not be read, and closes.
awaitable<void> connection::refuse(error cause) {
    call_.peer = peer_;
    const auto reply = owner_->shared().requests.refuse(cause, call_);
    if (co_await send(reply, false)) co_await linger();
}

// Reads on for a while: a close with unread bytes would reset the connection, and the answer could be lost
// with it.
awaitable<void> connection::linger() {
    error_code ec;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ec);
    enter(phase::lingering, owner_->shared().stopping ? linger_patience_when_stopping : linger_patience);
    for (std::size_t left = linger_max_bytes; left > 0 && !ec;) {
        const auto count = co_await socket_.async_read_some(asio::buffer(buffer_), no_throw(ec));
        left -= std::min(left, count);
    }
}

awaitable<void> connection::turn_away() {
    auto refusal = fail(errc::overloaded, "there are too many connections; try again shortly");
    const auto reply = problem_reply(refusal, call_);
    if (co_await send(reply, false)) co_await linger();
}

}  // namespace esm::http
