// What operators set for a queue, whatever pools work in it: paused, how many of its items run at once, how
// many begin a minute.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/db/database.hpp"

namespace esm::lease {

struct queue_state {
    std::string name;
    bool paused{false};
    std::optional<std::int64_t> concurrency_max;
    std::optional<std::int64_t> rate_per_minute;
    std::int64_t waiting{0};  // items not held, due or not
    std::int64_t running{0};
};

// Every queue that has work or settings, by name, up to 1,000; with a name that one alone.
awaitable<std::vector<queue_state>> list_queues(
    db::database& source, const std::string& name, deadline until
);

void limit_queue(
    db::transaction& tx,
    const std::string& name,
    std::optional<std::int64_t> concurrency_max,
    std::optional<std::int64_t> rate_per_minute
);
void pause_queue(db::transaction& tx, const std::string& name, bool paused);

}  // namespace esm::lease
