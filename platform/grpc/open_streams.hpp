// The server streams of one gRPC interface that have not ended, so that a server that stops can ask them to:
// a stream that waits for news would else hold the stop up for the whole of its grace. Any thread.
#pragma once

#include <functional>
#include <mutex>
#include <unordered_map>

namespace esm::grpc_server {

class open_streams {
public:
    // `end` is called at most once, at once where the end has come already. It must not call back.
    void add(const void* stream, std::function<void()> end) {
        const std::lock_guard lock(mutex_);
        if (ended_) return end();
        by_stream_.emplace(stream, std::move(end));
    }
    void remove(const void* stream) {
        const std::lock_guard lock(mutex_);
        by_stream_.erase(stream);
    }
    // Those that are open, and all that come.
    void end_all() {
        const std::lock_guard lock(mutex_);
        ended_ = true;
        for (const auto& [stream, end] : by_stream_) end();
        by_stream_.clear();
    }

private:
    std::mutex mutex_;
    bool ended_{false};
    std::unordered_map<const void*, std::function<void()>> by_stream_;
};

}  // namespace esm::grpc_server
