// What keeps leased work moving whoever works: expired leases become claimable again, deferred work when it
// is due. Every worker has one; replicas may do it at once.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "platform/async/runtime.hpp"
#include "platform/db/database.hpp"
#include "platform/lease/lease.hpp"

namespace esm::lease {

// In the transaction that makes work claimable again: what was lost with its worker (items of every pool), or
// given back by a worker that stops.
using rescued_hook = std::function<awaitable<void>(db::transaction& tx, const std::vector<rescued>& items)>;

// In the transaction that makes deferred work claimable. Items of every pool.
using promoted_hook =
    std::function<awaitable<void>(db::transaction& tx, const std::vector<std::int64_t>& ids)>;

struct upkeep_options {
    std::chrono::milliseconds rescue_every{5'000};
    rescued_hook on_rescue{};
    promoted_hook on_promote{};
    std::function<void()> on_work{};  // something became claimable; on the upkeep's shard
};

class upkeep {
public:
    upkeep(async::runtime& runtime, db::database& target, upkeep_options options);
    ~upkeep();

    void start(unsigned shard);
    awaitable<void> stop();
    // Leases rescued since start.
    std::int64_t rescued_count() const;

private:
    struct state;
    std::shared_ptr<state> state_;
};

}  // namespace esm::lease
