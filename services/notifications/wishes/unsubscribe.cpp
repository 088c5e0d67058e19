// See unsubscribe.hpp.
#include "services/notifications/wishes/unsubscribe.hpp"

#include "services/notifications/suppressions/suppression_store.hpp"
#include "services/notifications/wishes/change_wishes.hpp"

namespace esm::notifications {

namespace {

void suppress(db::transaction& tx, const std::string& channel, const std::string& address) {
    const auto now = now_us();
    const auto until = now + std::chrono::microseconds(unsubscribed_for).count();
    suppression_store::add(tx, {channel, address, std::string(unsubscribed), until, now});
}

}  // namespace

awaitable<void> unsubscribe(db::database& database, const unsubscription& of, deadline until) {
    co_await database.transact(until, [&of](db::transaction& tx) -> awaitable<result<void>> {
        if (const auto* address = std::get_if<std::string>(&of.who)) {
            suppress(tx, of.channel, *address);
            co_return result<void>();
        }
        co_return co_await switch_off_wish(tx, std::get<std::int64_t>(of.who), of.event_type, of.channel);
    });
}

}  // namespace esm::notifications
