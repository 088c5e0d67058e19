// What the task service erases of a user who is gone: tasks with parameters, results and leases, files
// and unfinished uploads (their objects go to the garbage), kept answers, and that the user was known.
#pragma once

#include "platform/db/transaction.hpp"

namespace esm::tasks {

// A bounded part in the caller's transaction; answers whether more may be left. A running attempt loses its
// lease, and its outcome changes nothing.
awaitable<bool> erase_some(db::transaction& tx, std::int64_t user_id);

}  // namespace esm::tasks
