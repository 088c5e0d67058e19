// The rule that somebody can always administer: of the active accounts with the role admin one must be left.
#pragma once

#include <vector>

#include "platform/db/database.hpp"

namespace esm::users {

class administrators {
public:
    // Reads and locks them until the transaction ends. Comes before any other account is locked, so that
    // two changes cannot wait for each other.
    static awaitable<administrators> lock(db::transaction& tx);

    // Whether no other active administrator is left without this one.
    bool is_last(std::int64_t user_id) const;

private:
    std::vector<std::int64_t> active_;
};

}  // namespace esm::users
