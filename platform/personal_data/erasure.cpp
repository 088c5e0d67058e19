// See erasure.hpp.
#include "platform/personal_data/erasure.hpp"

#include "platform/observe/log.hpp"
#include "platform/personal_data/sql.hpp"

namespace esm::personal_data {

namespace {

constexpr auto patience = std::chrono::seconds(10);  // for one batch
constexpr std::int64_t before_all{0};
constexpr std::int64_t none_left{-1};

}  // namespace

erasure::erasure(
    async::runtime& runtime,
    db::database& target,
    std::string service,
    erase_some erase,
    erasure_options options
)
    : runtime_(runtime),
      target_(target),
      service_(std::move(service)),
      erase_(std::move(erase)),
      options_(options),
      work_(runtime.executor(0)) {}

awaitable<void> erasure::begin(db::transaction& tx, std::int64_t user_id) {
    tx.exec(sql::add_erased_user, user_id, now_us());
    if (co_await erase_(tx, user_id)) tx.after_commit([this] { work_.notify(); });
}

void erasure::start() {
    started_ = true;
    runtime_.spawn(0, service_ + " erasure", loop());
}

awaitable<void> erasure::stop() {
    if (!started_) co_return;
    stopping_ = true;
    work_.notify();
    co_await ended_.get();
}

awaitable<void> erasure::loop() {
    while (!stopping_) {
        try {
            co_await run_all();
        } catch (const std::exception& failure) {
            observe::log(
                observe::level::warn,
                "the erasure of personal data is put off",
                {{"service", service_}, {"why", std::string(failure.what())}}
            );
        }
        if (!stopping_) co_await work_.wait_for(options_.period);
    }
    ended_.set_value(true);
}

// One batch of each open erasure after the other, again while one has more.
awaitable<void> erasure::run_all() {
    for (auto user_id = before_all; user_id != none_left && !stopping_;) {
        user_id = co_await run_next(user_id);
    }
}

// A batch of the next open erasure. Answers where to go on: behind it, or at it again where more is left.
awaitable<std::int64_t> erasure::run_next(std::int64_t after) {
    const auto work = [&](db::transaction& tx) -> awaitable<std::int64_t> {
        const auto next = co_await tx.query(sql::lock_next_erasure, after);
        if (next.empty()) co_return none_left;
        const auto user_id = next.front().integer(0);
        const auto erased_at = next.front().integer(1);
        if (co_await erase_(tx, user_id)) co_return user_id - 1;
        const auto open_for = std::chrono::microseconds(options_.open_for).count();
        if (erased_at + open_for <= now_us()) tx.exec(sql::close_erasure, user_id);
        co_return user_id;
    };
    co_return co_await target_.transact(deadline_in(patience), work);
}

awaitable<std::vector<std::int64_t>> erased_among(db::transaction& tx, std::vector<std::int64_t> user_ids) {
    const auto found = co_await tx.query(sql::find_erased_users, std::move(user_ids));
    std::vector<std::int64_t> erased;
    erased.reserve(found.size());
    for (const auto& row : found) erased.push_back(row.integer(0));
    co_return erased;
}

}  // namespace esm::personal_data
