// One server-streaming RPC as a coroutine on a shard, with the same gate as unary ones (unary.hpp).
#pragma once

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>

#include "platform/async/oneshot.hpp"
#include "platform/grpc/server.hpp"

namespace esm::grpc_server {

// What the method's coroutine writes to. Lives until gRPC has done with the call, which is after the
// coroutine.
template <class Reply>
class stream_writer final : public ::grpc::ServerWriteReactor<Reply> {
public:
    stream_writer(const gate& callers, ::grpc::CallbackServerContext& call) : callers_(callers), call_(call) {
        callers_.streams().add(this, [this] { end(true); });
    }
    ~stream_writer() override { callers_.streams().remove(this); }

    // Waits until gRPC has taken the message, so that a slow client slows the writer; false once the client
    // is gone. One at a time.
    awaitable<bool> send(Reply message) {
        message_ = std::move(message);
        const async::oneshot<bool> taken;
        {
            const std::lock_guard lock(mutex_);
            if (is_gone_) co_return false;
            taken_ = taken;
        }
        this->StartWrite(&message_);
        co_return co_await taken.get();
    }

    // Whether the client is gone, or the server stops.
    bool is_over() const { return is_over_; }
    // Called once on any thread when is_over() becomes true, at once if it is. What it holds lives as long as
    // the call.
    void when_over(std::function<void()> wake) {
        {
            const std::lock_guard lock(mutex_);
            if (!is_over_) {
                wake_ = std::move(wake);
                return;
            }
        }
        wake();
    }

    // Whether the caller may still stay: its token may have ended since it was let in.
    awaitable<result<void>> readmit() const { return callers_.admit(call_); }

    void OnWriteDone(bool ok) override { taken_->set_value(ok); }
    void OnCancel() override { end(false); }
    void OnDone() override { delete this; }

private:
    void end(bool by_server) {
        std::function<void()> wake;
        {
            const std::lock_guard lock(mutex_);
            is_over_ = true;
            is_gone_ = is_gone_ || !by_server;
            wake = std::exchange(wake_, {});
        }
        if (wake) wake();
    }

    const gate& callers_;
    ::grpc::CallbackServerContext& call_;
    Reply message_;
    std::mutex mutex_;
    std::optional<async::oneshot<bool>> taken_;
    std::function<void()> wake_;
    std::atomic<bool> is_over_{false};
    bool is_gone_{false};
};

// `work(const context&, stream_writer<Reply>&) -> awaitable<result<void>>`; it and what it captured live
// until the end, and so does the request. The context's deadline bounds no stream: a client's own deadline
// cancels it.
template <class Reply, class Work>
::grpc::ServerWriteReactor<Reply>* server_stream(
    const gate& callers, ::grpc::CallbackServerContext* call, Work work
) {
    auto* writer = new stream_writer<Reply>(callers, *call);
    auto shared = std::make_shared<std::pair<context, Work>>(read_context(*call), std::move(work));
    auto run = [](std::shared_ptr<std::pair<context, Work>> held,
                  stream_writer<Reply>& to) -> awaitable<result<void>> {
        if (const auto admitted = co_await to.readmit(); !admitted) co_return admitted.error();
        co_return co_await held->second(held->first, to);
    };
    asio::co_spawn(
        callers.runtime().at(callers.runtime().next_shard()),
        run(shared, *writer),
        [writer, call](const std::exception_ptr& failure, const result<void>& outcome) {
            if (failure) return writer->Finish(to_status(error_of(failure), *call));
            writer->Finish(outcome ? ::grpc::Status::OK : to_status(outcome.error(), *call));
        }
    );
    return writer;
}

}  // namespace esm::grpc_server
