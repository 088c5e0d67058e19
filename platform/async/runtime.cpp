// See runtime.hpp.
#include "platform/async/runtime.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>

namespace esm::async {

namespace {
thread_local unsigned this_shard = runtime::none;
}

runtime::runtime(unsigned shard_count) {
    for (unsigned i = 0; i < std::max(1U, shard_count); ++i) {
        auto next = std::make_unique<shard>();
        // Hint 1: one thread alone runs this context, so Asio elides its wake-ups among threads.
        next->context = std::make_unique<asio::io_context>(1);
        shards_.push_back(std::move(next));
    }
}

runtime::~runtime() {
    stop();
}

void runtime::start() {
    started_ = true;
    for (unsigned i = 0; i < size(); ++i) {
        shards_[i]->thread = std::thread([this, i] { run_shard(*shards_[i]->context, i); });
    }
}

void runtime::run_shard(asio::io_context& context, unsigned index) {
    this_shard = index;
    const auto guard = asio::make_work_guard(context);
    while (!context.stopped()) {
        try {
            context.run();
        } catch (const std::exception& failure) {
            // One connection's handler must not end the process (Beast can throw out of run, design.md
            // section 7).
            spdlog::error("shard {}: {}", index, failure.what());
        }
    }
}

void runtime::stop() {
    if (!started_) return;
    for (auto& each : shards_) each->context->stop();
    for (auto& each : shards_) {
        if (each->thread.joinable()) each->thread.join();
    }
    started_ = false;
}

void runtime::spawn(unsigned shard, std::string name, awaitable<void> work) {
    asio::co_spawn(at(shard), std::move(work), [name = std::move(name)](const std::exception_ptr& failure) {
        if (!failure) return;
        try {
            std::rethrow_exception(failure);
        } catch (const std::exception& cause) {
            spdlog::error("{} ended: {}", name, cause.what());
        }
    });
}

unsigned runtime::next_shard() {
    return turn_.fetch_add(1, std::memory_order_relaxed) % size();
}

unsigned runtime::current_shard() {
    return this_shard;
}

}  // namespace esm::async
