// See throttle.hpp.
#include "platform/throttle/throttle.hpp"

#include "platform/security/sealed.hpp"
#include "platform/throttle/sql.hpp"

namespace esm::throttle {

namespace {

constexpr std::chrono::microseconds kept = std::chrono::hours(24);

std::string key_hash(std::string_view kind, std::string_view key) {
    return security::sha256_hex(fmt::format("{}:{}", kind, key));
}

error wait_until(instant_us next, instant_us now) {
    auto refusal = fail(errc::rate_limited, "too many tries; wait before the next one");
    const auto wait_us = std::max<std::int64_t>(next - now, 0);
    refusal.retry_after = std::chrono::seconds(std::max<std::int64_t>((wait_us + 999'999) / 1'000'000, 1));
    return refusal;
}

}  // namespace

awaitable<result<void>> failure_backoff::admit(std::string_view key, deadline until, instant_us now) {
    const auto work = [&](db::transaction& tx) { return admit(tx, key, now); };
    co_return co_await database_.transact(until, work);
}

awaitable<void> failure_backoff::succeeded(std::string_view key, deadline until) {
    co_await database_.query(until, sql::forget_failures, key_hash(kind_, key));
}

awaitable<void> failure_backoff::take_back(std::string_view key, deadline until) {
    co_await database_.query(until, sql::take_back_failure, key_hash(kind_, key));
}

awaitable<result<void>> failure_backoff::admit(db::transaction& tx, std::string_view key, instant_us now)
    const {
    const auto hash = key_hash(kind_, key);
    const auto counted = co_await tx.query(
        sql::count_failure,
        hash,
        now,
        now - rule_.forget_after.count(),
        std::int64_t{rule_.first.count()},
        std::int64_t{rule_.longest.count()},
        rule_.free_tries,
        std::int64_t{rule_.doublings_max}
    );
    if (!counted.empty()) co_return result<void>();
    const auto found = co_await tx.query(sql::find_next_try, hash);
    co_return wait_until(found.empty() ? now : found.front().integer(0), now);
}

void failure_backoff::succeeded(db::transaction& tx, std::string_view key) const {
    tx.exec(sql::forget_failures, key_hash(kind_, key));
}

void failure_backoff::take_back(db::transaction& tx, std::string_view key) const {
    tx.exec(sql::take_back_failure, key_hash(kind_, key));
}

awaitable<result<void>> rate_limit::take(std::string_view key, deadline until, instant_us now) {
    const auto work = [&](db::transaction& tx) { return take(tx, key, now); };
    co_return co_await database_.transact(until, work);
}

awaitable<result<void>> rate_limit::take(db::transaction& tx, std::string_view key, instant_us now) const {
    const auto hash = key_hash(kind_, key);
    const auto taken = co_await tx.query(sql::take_from_window, hash, now, now - window_.count(), most_);
    if (!taken.empty()) co_return result<void>();
    const auto found = co_await tx.query(sql::find_window, hash);
    co_return wait_until((found.empty() ? now : found.front().integer(0)) + window_.count(), now);
}

void rate_limit::give_back(db::transaction& tx, std::string_view key) const {
    tx.exec(sql::give_back_to_window, key_hash(kind_, key));
}

awaitable<void> forget_old(db::database& database, std::int64_t limit, deadline until) {
    const auto before = now_us() - kept.count();
    co_await database.query(until, sql::delete_old_failures, before, limit);
    co_await database.query(until, sql::delete_old_windows, before, limit);
}

}  // namespace esm::throttle
