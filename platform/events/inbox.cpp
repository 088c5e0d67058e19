// See inbox.hpp.
#include "platform/events/inbox.hpp"

#include <unordered_set>

#include "platform/events/sql.hpp"

namespace esm::events {

namespace {

constexpr auto keep = std::chrono::hours(24 * 7);
constexpr int rounds_max = 20;

}  // namespace

std::string inbox_id(const delivered& given) {
    if (!given.value.id.empty()) return given.value.id;
    return fmt::format("{}/{}/{}", given.value.topic, given.partition, given.offset);
}

awaitable<std::vector<bool>> mark_done(
    db::transaction& tx, const std::string& group, std::span<const delivered> events
) {
    db::text_list ids;
    ids.reserve(events.size());
    for (const auto& each : events) ids.push_back(inbox_id(each));
    const auto inserted = co_await tx.query_bulk(
        sql::insert_inbox, {db::text_list(ids.size(), group), ids, db::integer_list(ids.size(), now_us())}
    );
    std::unordered_set<std::string_view> fresh;
    for (std::size_t i = 0; i < inserted.size(); ++i) fresh.insert(inserted[i].view(0));
    std::vector<bool> is_new;
    is_new.reserve(ids.size());
    for (const auto& id : ids) is_new.push_back(fresh.erase(id) > 0);
    co_return is_new;
}

awaitable<void> trim_inbox(db::database& target) {
    const auto before = now_us() - std::chrono::microseconds(keep).count();
    for (int round = 0; round < rounds_max; ++round) {
        const auto gone =
            co_await target.query(deadline_in(std::chrono::seconds(10)), sql::delete_old_inbox, before);
        if (gone.affected() == 0) break;
    }
}

}  // namespace esm::events
