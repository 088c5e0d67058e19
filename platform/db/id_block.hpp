// 64-bit ids known before the insert: each shard takes blocks of a sequence, so that a group commit needs no
// RETURNING and an event can name its entity before the row exists. Ids are unique and roughly in order, not
// gapless.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <vector>

#include "platform/db/database.hpp"

namespace esm::db {

class id_block {
public:
    // The sequence is `name` in table id_block (migration set "id_block"); the first id is `first`.
    id_block(
        async::runtime& runtime,
        database& source,
        std::string name,
        std::int64_t first,
        std::int64_t block = 256
    );

    // Throws what the database throws, and unavailable when `until` passes while waiting for another caller's
    // block.
    awaitable<std::int64_t> next(deadline until);

private:
    // Touched by its shard alone.
    struct lane {
        std::int64_t next{0};
        std::int64_t end{0};
        deadline stale{};  // ids of a block are given out within an hour: retention counts on it
        bool fetching{false};
        std::vector<asio::steady_timer*> waiting;  // cancelled when the fetch has ended, well or not
    };

    awaitable<void> fetch(lane& mine, deadline until);
    static awaitable<void> wait_for_fetch(lane& mine, deadline until);

    database& source_;
    const std::string name_;
    const std::int64_t first_;
    const std::int64_t block_;
    std::vector<lane> lanes_;
};

}  // namespace esm::db
