// The database's own clock: what is due and what took too long is decided by it alone, whatever the clocks of
// replicas say.
#pragma once

#include "platform/base/clock.hpp"
#include "platform/db/database.hpp"

namespace esm::tasks {

awaitable<instant_us> read_clock(db::database& source, deadline until);
awaitable<instant_us> read_clock(db::transaction& tx);

}  // namespace esm::tasks
