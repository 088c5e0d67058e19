// See connection_body.hpp.
#include "platform/http/connection_body.hpp"

#include "platform/http/connection.hpp"
#include "platform/http/shard.hpp"

namespace esm::http {

namespace {

constexpr std::size_t part_bytes = 64 * 1024;  // enough for one call; the last receive may pass it
constexpr std::size_t progress_min_bytes = 4 * 1024;

}  // namespace

void connection_body::begin(std::size_t max_bytes) {
    max_bytes_ = max_bytes;
    opened_ = false;
    problem_.reset();
    patience_ = owner_.owner_->shared().options.body_timeout;
    progress_bytes_ = 0;
}

std::optional<std::uint64_t> connection_body::length() const {
    return owner_.reader_.content_length();
}

// Only what the client lets us wait counts, not what the handler takes to store a part.
void connection_body::count(std::chrono::milliseconds waited, std::size_t bytes) {
    progress_bytes_ += bytes;
    patience_ -= std::min(patience_, waited);
    if (progress_bytes_ < progress_min_bytes) return;
    progress_bytes_ = 0;
    patience_ = owner_.owner_->shared().options.body_timeout;
}

// A client that waits for 100 Continue hears it only once somebody wants the body.
awaitable<result<void>> connection_body::open() {
    opened_ = true;
    if (auto fits = owner_.reader_.limit_body(max_bytes_); !fits) co_return fits.error();
    if (owner_.reader_.expects_continue() && owner_.begin_ == owner_.end_) {
        if (!co_await owner_.send_continue()) co_return fail(errc::malformed_request, "the client left");
    }
    co_return result<void>{};
}

// Reads until a part is there and no more has arrived, or the body is whole.
awaitable<result<void>> connection_body::fill() {
    auto& from = owner_;
    while (!from.reader_.done()) {
        auto used = from.reader_.read_body(from.received());
        if (!used) co_return used.error();
        from.begin_ += *used;
        if (from.reader_.done() || from.call_.body.size() >= part_bytes) break;
        boost::system::error_code ignored;
        if (!from.call_.body.empty() && from.socket_.available(ignored) == 0) break;
        const auto begun = std::chrono::steady_clock::now();
        const auto before = from.end_ - from.begin_;
        from.enter(connection::phase::body, patience_);
        if (!co_await from.receive()) {
            co_return fail(errc::malformed_request, "the body ended before it was whole");
        }
        const auto waited = std::chrono::steady_clock::now() - begun;
        count(
            std::chrono::duration_cast<std::chrono::milliseconds>(waited), from.end_ - from.begin_ - before
        );
    }
    co_return result<void>{};
}

awaitable<result<std::string>> connection_body::read() {
    if (problem_) co_return *problem_;
    if (!owner_.reader_.done()) {
        result<void> went;
        if (!opened_) went = co_await open();
        if (went) went = co_await fill();
        owner_.enter(connection::phase::handling, std::chrono::milliseconds::max());
        if (!went) {
            problem_ = went.error();
            if (problem_->code == errc::payload_too_large) {
                owner_.owner_->shared().requests.count_rejection(rejection::payload_too_large);
            }
            co_return *problem_;
        }
    }
    owner_.call_.ctx.until = deadline_in(owner_.owner_->shared().options.request_timeout);
    co_return std::exchange(owner_.call_.body, {});
}

}  // namespace esm::http
