// The shards: one thread and one io_context a core, owned by app/ for the life of the process. Everything a
// request needs lives on one shard, so the hot path takes no lock.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "platform/async/awaitable.hpp"

namespace esm::async {

class runtime {
public:
    explicit runtime(unsigned shard_count);
    ~runtime();

    runtime(const runtime&) = delete;
    runtime& operator=(const runtime&) = delete;

    // Starts the shard threads and returns.
    void start();

    // Stops the event loops and joins the threads. Work that still waits is dropped, not run.
    void stop();

    unsigned size() const { return static_cast<unsigned>(shards_.size()); }
    asio::io_context& at(unsigned shard) { return *shards_[shard]->context; }
    asio::any_io_executor executor(unsigned shard) { return shards_[shard]->context->get_executor(); }

    // Runs a long-lived coroutine on a shard; an exception that escapes it is logged under `name`.
    void spawn(unsigned shard, std::string name, awaitable<void> work);

    // Runs `work` on shard 0 and blocks the calling thread, which must not be a shard, until it is done.
    // Rethrows.
    template <class T>
    T block_on(awaitable<T> work);

    // The next shard in turn, for work that arrives from outside (gRPC).
    unsigned next_shard();

    // The shard of the calling thread, or `none` elsewhere.
    static constexpr unsigned none = ~0U;
    static unsigned current_shard();

private:
    struct shard {
        std::unique_ptr<asio::io_context> context;
        std::thread thread;
    };

    static void run_shard(asio::io_context& context, unsigned index);

    std::vector<std::unique_ptr<shard>> shards_;
    std::atomic<unsigned> turn_{0};
    bool started_{false};
};

}  // namespace esm::async

#include "platform/async/block_on.hpp"
