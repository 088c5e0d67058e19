// See sign_ins.hpp.
#include "services/notifications/sign_ins.hpp"

#include <boost/asio/ip/address.hpp>
#include <unordered_map>

#include "platform/base/json_member.hpp"
#include "platform/security/sealed.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications::sign_ins {

namespace {

std::string without_digits(const std::string& agent) {
    std::string kept;
    for (const char each : agent) {
        if (each < '0' || each > '9') kept += each;
    }
    return kept;
}

// The first half of an IPv4 address, the first quarter of an IPv6 one: what a provider of access has, so that
// a new lease is no new place.
std::string network_of(const std::string& address) {
    boost::system::error_code failure;
    const auto parsed = boost::asio::ip::make_address(address, failure);
    if (failure) return address;
    if (parsed.is_v4()) {
        const auto bytes = parsed.to_v4().to_bytes();
        return fmt::format("{}.{}", bytes[0], bytes[1]);
    }
    const auto bytes = parsed.to_v6().to_bytes();
    return fmt::format("{:02x}{:02x}:{:02x}{:02x}", bytes[0], bytes[1], bytes[2], bytes[3]);
}

using place = std::pair<std::int64_t, std::string>;

// Those that were not known.
awaitable<std::vector<place>> remember(db::transaction& tx, const std::vector<place>& seen) {
    db::integer_list users, instants;
    db::text_list prints;
    for (const auto& [user_id, print] : seen) {
        users.push_back(user_id);
        prints.push_back(print);
        instants.push_back(now_us());
    }
    std::vector<place> added;
    for (const auto& each : co_await tx.query_bulk(sql::mark_sign_ins, {users, prints, instants})) {
        added.emplace_back(each.integer(0), each.text(1));
    }
    co_return added;
}

awaitable<std::unordered_map<std::int64_t, std::int64_t>> count_places(
    db::transaction& tx, const std::vector<place>& of
) {
    db::integer_list users;
    for (const auto& [user_id, print] : of) users.push_back(user_id);
    std::unordered_map<std::int64_t, std::int64_t> counts;
    for (const auto& each : co_await tx.query(sql::count_sign_ins, std::move(users))) {
        counts[each.integer(0)] = each.integer(1);
    }
    co_return counts;
}

}  // namespace

awaitable<void> add_new(db::transaction& tx, const rule_set& rules, std::vector<incoming>& batch) {
    std::vector<place> seen;
    std::vector<std::size_t> logins;
    for (std::size_t i = 0; i < batch.size(); ++i) {
        if (!tells_a_login(batch[i].event_type)) continue;
        auto print = fingerprint(batch[i].entity);
        if (print.empty()) continue;
        seen.emplace_back(batch[i].user_id, std::move(print));
        logins.push_back(i);
    }
    if (seen.empty()) co_return;
    auto added = co_await remember(tx, seen);
    if (added.empty()) co_return;
    auto known_before = co_await count_places(tx, added);
    for (const auto& [user_id, print] : added) --known_before.at(user_id);
    const auto* by = rules.find(new_sign_in_type);
    for (std::size_t i = 0; i < seen.size() && by != nullptr; ++i) {
        const auto fresh = std::find(added.begin(), added.end(), seen[i]);
        if (fresh == added.end()) continue;
        added.erase(fresh);  // one message a place, also where two logins of it came at once
        if (known_before.at(seen[i].first)++ == 0) continue;
        const auto& login = batch[logins[i]];
        incoming news{login.cause, by, std::string(new_sign_in_type), login.entity, login.user_id};
        batch.push_back(std::move(news));
    }
}

awaitable<std::vector<seen_place>> list(
    db::database& source, std::int64_t user_id, const std::string& after, std::size_t limit, deadline until
) {
    std::vector<seen_place> all;
    for (const auto& each : co_await source.query(until, sql::list_sign_ins, user_id, after, limit)) {
        all.push_back({each.text(0), each.integer(1)});
    }
    co_return all;
}

std::string fingerprint(const boost::json::object& login) {
    const auto agent = json::text_member(login, "userAgent");
    const auto address = json::text_member(login, "address");
    if (agent.empty() && address.empty()) return {};
    return security::sha256_hex(without_digits(agent) + "|" + network_of(address));
}

}  // namespace esm::notifications::sign_ins
