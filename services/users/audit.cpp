// See audit.hpp.
#include "services/users/audit.hpp"

#include "platform/base/random.hpp"
#include "services/users/sql.hpp"

namespace esm::users {

namespace {

// Entries are in order of time; among those of one microsecond any order will do. A counter of the database
// would be a second connection that a transaction waits for, which SQLite's one writer never gets.
std::int64_t make_entry_id() {
    return static_cast<std::int64_t>(std::stoull(random_hex(8), nullptr, 16) >> 1);
}

}  // namespace

awaitable<void> audit::append(
    const context& ctx,
    db::transaction& tx,
    std::string_view action,
    std::int64_t subject_id,
    boost::json::object details
) {
    std::optional<std::int64_t> actor;
    std::optional<std::string> client;
    if (ctx.caller && ctx.caller->user_id != 0) actor = ctx.caller->user_id;
    if (ctx.caller && ctx.caller->user_id == 0) client = ctx.caller->client_id;
    tx.exec(
        sql::insert_audit_entry,
        make_entry_id(),
        now_us(),
        actor,
        client,
        std::string(action),
        subject_id,
        boost::json::serialize(details),
        ctx.trace.request_id
    );
    co_return;
}

}  // namespace esm::users
