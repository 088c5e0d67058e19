// Gives dead letters another try, a batch a transaction: notifications become pending again, events are
// applied. Each exactly once, however many ask for it at once.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "platform/security/sealed.hpp"
#include "services/notifications/accept_events.hpp"
#include "services/notifications/dead_letters/store.hpp"

namespace esm::notifications::dead_letters {

enum class letter_kind : std::uint8_t { notification, event };

struct redrive_request {
    letter_kind kind{letter_kind::notification};
    std::vector<std::int64_t> ids;  // empty: all that fit the filter
    store::filter wanted;
    std::size_t limit{0};
    bool dry_run{false};
};

struct redrive_report {
    struct refusal {
        std::int64_t id{0};
        std::string reason;
    };
    std::int64_t matched{0};   // that were looked at
    std::int64_t redriven{0};  // of a dry run: that would have been
    std::vector<refusal> refused;
    bool more{false};  // the limit or the time ended it before all were looked at
};

struct redrive_deps {
    db::database& database;
    const security::master_key& key;
    accept_events& accepting;
    std::function<void(const std::string& channel)> wake;  // after a commit that left something to deliver
};

class redrive {
public:
    explicit redrive(redrive_deps deps) : deps_(std::move(deps)) {}

    // Any shard. Throws what the database throws; what was committed until then stays.
    awaitable<redrive_report> run(const redrive_request& asked, deadline until);

private:
    awaitable<void> run_notifications(const redrive_request& asked, deadline until, redrive_report& into);
    awaitable<void> run_events(const redrive_request& asked, deadline until, redrive_report& into);
    awaitable<redrive_report> revive(
        std::vector<std::int64_t> ids, const redrive_request& asked, deadline until
    );
    awaitable<redrive_report> apply_each(
        const std::vector<std::int64_t>& ids, const redrive_request& asked, deadline until
    );
    // How many were applied, or why one of them cannot be.
    awaitable<result<std::int64_t>> apply(std::vector<std::int64_t> ids, bool dry_run, deadline until);
    awaitable<result<std::int64_t>> apply_in(db::transaction& tx, std::vector<std::int64_t> ids);

    const redrive_deps deps_;
};

}  // namespace esm::notifications::dead_letters
