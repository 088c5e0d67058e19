// 64-bit ids known before the insert: each shard takes blocks of a sequence, so that a group commit needs no RETURNING and
// an event can name its entity before the row exists. Ids are unique and roughly in order, not gapless.
#pragma once

#include "platform/db/database.hpp"

namespace esm::db {

class id_block {
public:
    // The sequence is `name` in table id_block (migration set "id_block"); the first id is `first`.
    id_block(async::runtime& runtime, database& source, std::string name, std::int64_t first, std::int64_t block = 256);

    awaitable<std::int64_t> next(deadline until);
};

}  // namespace esm::db
