// See change_wishes.hpp.
#include "services/notifications/wishes/change_wishes.hpp"

#include "platform/personal_data/erasure.hpp"

namespace esm::notifications {

namespace {

awaitable<bool> is_gone(db::transaction& tx, std::int64_t user_id) {
    const auto gone = co_await personal_data::erased_among(tx, {user_id});
    co_return !gone.empty();
}

stored_wishes next_version(const stored_wishes& before, preferences says) {
    return {before.version + 1, std::move(says), now_us()};
}

}  // namespace

awaitable<result<stored_wishes>> replace_wishes(
    db::transaction& tx, std::int64_t user_id, preferences wanted, check_version check
) {
    if (co_await is_gone(tx, user_id)) co_return fail(errc::not_found, "the user is gone");
    const auto before = co_await wish_store::lock(tx, user_id);
    if (const auto may = check(before.version); !may) co_return may.error();
    auto after = next_version(before, std::move(wanted));
    wish_store::save(tx, user_id, after);
    co_return after;
}

awaitable<result<void>> switch_off_wish(
    db::transaction& tx, std::int64_t user_id, std::string event_type, std::string channel
) {
    if (co_await is_gone(tx, user_id)) co_return result<void>();
    const auto before = co_await wish_store::lock(tx, user_id);
    auto says = before.says;
    switch_off(says, event_type, channel);
    if (says == before.says && before.version > 0) co_return result<void>();
    wish_store::save(tx, user_id, next_version(before, std::move(says)));
    co_return result<void>();
}

}  // namespace esm::notifications
