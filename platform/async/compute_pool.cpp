// See compute_pool.hpp.
#include "platform/async/compute_pool.hpp"

#include <fmt/format.h>

namespace esm::async {

compute_pool::compute_pool(std::string name, unsigned threads, std::size_t queue_max)
    : name_(std::move(name)), queue_max_(queue_max) {
    for (unsigned i = 0; i < std::max(1U, threads); ++i) threads_.emplace_back([this] { work(); });
}

compute_pool::~compute_pool() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        jobs_.clear();
    }
    available_.notify_all();
    for (auto& each : threads_) each.join();
}

std::size_t compute_pool::queued() const {
    const std::lock_guard lock(mutex_);
    return jobs_.size();
}

bool compute_pool::try_enqueue(std::function<void()> job) {
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || jobs_.size() >= queue_max_) return false;
        jobs_.push_back(std::move(job));
    }
    available_.notify_one();
    return true;
}

error compute_pool::overloaded() const {
    auto refusal = fail(errc::overloaded, fmt::format("the {} queue is full; try again shortly", name_));
    refusal.retry_after = std::chrono::seconds(1);
    return refusal;
}

void compute_pool::work() {
    for (;;) {
        std::function<void()> job;
        {
            std::unique_lock lock(mutex_);
            available_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
            if (stopping_) return;
            job = std::move(jobs_.front());
            jobs_.pop_front();
        }
        job();
    }
}

}  // namespace esm::async
