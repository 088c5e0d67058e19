// See database_clock.hpp.
#include "services/tasks/database_clock.hpp"

#include "services/tasks/sql.hpp"

namespace esm::tasks {

awaitable<instant_us> read_clock(db::database& source, deadline until) {
    co_return (co_await source.query(until, sql::read_clock)).front().integer(0);
}

awaitable<instant_us> read_clock(db::transaction& tx) {
    co_return (co_await tx.query(sql::read_clock)).front().integer(0);
}

}  // namespace esm::tasks
