// Limits on tries, kept in the service's database so that they hold over replicas and restarts. Keys are
// stored hashed: they are names and addresses of people. Migration set "throttle".
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "platform/db/database.hpp"

namespace esm::throttle {

struct backoff_rule {
    std::int64_t free_tries{5};  // wrong ones in a row before the first wait
    std::chrono::microseconds first{std::chrono::seconds(1)};
    int doublings_max{10};  // from the first wait to the longest
    std::chrono::microseconds longest{std::chrono::minutes(15)};
    std::chrono::microseconds forget_after{std::chrono::hours(24)};
};

// Wrong tries in a row for one key: each after the free ones waits, twice as long as the one before. A try is
// counted when it is admitted and taken back when it was right, so that parallel guesses do not pass.
class failure_backoff {
public:
    // `kind` keeps the keys of different limits apart.
    failure_backoff(db::database& database, std::string kind, backoff_rule rule = {})
        : database_(database), kind_(std::move(kind)), rule_(rule) {}

    // errc::rate_limited with the wait until the next try.
    awaitable<result<void>> admit(std::string_view key, deadline until, instant_us now = now_us());
    awaitable<void> succeeded(std::string_view key, deadline until);
    // For a try that proved to be neither right nor wrong: what was wrong before it still counts.
    awaitable<void> take_back(std::string_view key, deadline until);

    // The same in the caller's transaction, which has to be rolled back where the try is not admitted.
    awaitable<result<void>> admit(db::transaction& tx, std::string_view key, instant_us now = now_us()) const;
    void succeeded(db::transaction& tx, std::string_view key) const;
    void take_back(db::transaction& tx, std::string_view key) const;

private:
    db::database& database_;
    const std::string kind_;
    const backoff_rule rule_;
};

// So many in a window of time for one key; the window begins with the first.
class rate_limit {
public:
    rate_limit(db::database& database, std::string kind, std::int64_t most, std::chrono::microseconds window)
        : database_(database), kind_(std::move(kind)), most_(most), window_(window) {}

    // errc::rate_limited with the wait until the window ends.
    awaitable<result<void>> take(std::string_view key, deadline until, instant_us now = now_us());

    // The same in the caller's transaction, which has to be rolled back where nothing is left.
    awaitable<result<void>> take(db::transaction& tx, std::string_view key, instant_us now = now_us()) const;
    // For what was taken and then proved to be none of what is limited.
    void give_back(db::transaction& tx, std::string_view key) const;

private:
    db::database& database_;
    const std::string kind_;
    const std::int64_t most_;
    const std::chrono::microseconds window_;
};

// Deletes what has been without effect for a day, at most `limit` rows of each table.
awaitable<void> forget_old(db::database& database, std::int64_t limit, deadline until);

}  // namespace esm::throttle
