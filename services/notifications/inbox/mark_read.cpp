// See mark_read.hpp.
#include "services/notifications/inbox/mark_read.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t entries_a_transaction_max = 1'000;

}  // namespace

awaitable<result<notification>> mark_read::set(
    std::int64_t user_id,
    std::int64_t notification_id,
    bool is_read,
    std::function<result<void>(std::int64_t version)> check,
    deadline until
) {
    const auto write = [&](db::transaction& tx) -> awaitable<result<notification>> {
        auto found = co_await inbox_store::lock(tx, user_id, notification_id);
        if (!found) co_return fail(errc::not_found, "your inbox has no such notification");
        if (const auto may = check(found->version); !may) co_return may.error();
        if (found->read_at.has_value() == is_read) co_return std::move(*found);
        const auto now = now_us();
        found->read_at = is_read ? std::optional(now) : std::nullopt;
        ++found->version;
        inbox_store::set_read(tx, notification_id, found->read_at, now);
        tx.after_commit([this, user_id] { watching_.changed(user_id); });
        co_return std::move(*found);
    };
    co_return co_await database_.transact(until, write);
}

awaitable<std::size_t> mark_read::set_up_to(std::int64_t user_id, std::int64_t up_to, deadline until) {
    const auto write = [&](db::transaction& tx) -> awaitable<result<std::size_t>> {
        const auto now = now_us();
        const auto marked =
            co_await inbox_store::mark_read_up_to(tx, user_id, up_to, now, entries_a_transaction_max);
        if (marked > 0) tx.after_commit([this, user_id] { watching_.changed(user_id); });
        co_return marked;
    };
    std::size_t all = 0;
    for (auto marked = entries_a_transaction_max; marked == entries_a_transaction_max;) {
        marked = *co_await database_.transact(until, write);
        all += marked;
    }
    co_return all;
}

}  // namespace esm::notifications
