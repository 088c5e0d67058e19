// Places of concurrency keys: an item with a key becomes claimable only with a place, and keeps it until its
// lease ends or is given back. So a claim need not look at keys, and a limit is never exceeded.
#pragma once

#include "platform/db/transaction.hpp"

namespace esm::lease {

// Gives free places of the keys to the first that wait; called after items with these keys came, ended or
// went. Keys may stand several times.
void grant_places(db::transaction& tx, db::text_list keys);

}  // namespace esm::lease
