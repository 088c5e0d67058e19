// See administrators.hpp.
#include "services/users/administrators.hpp"

#include "services/users/sql.hpp"

namespace esm::users {

awaitable<administrators> administrators::lock(db::transaction& tx) {
    administrators found;
    for (const auto& row : co_await tx.query(sql::lock_administrators)) {
        found.active_.push_back(row.integer(0));
    }
    co_return found;
}

bool administrators::is_last(std::int64_t user_id) const {
    return active_.size() == 1 && active_.front() == user_id;
}

}  // namespace esm::users
