// See device_store.hpp.
#include "services/notifications/devices/device_store.hpp"

#include <stdexcept>

#include "services/notifications/sql.hpp"

namespace esm::notifications::device_store {

namespace {

constexpr std::string_view purpose = "push-device";

std::string text_of(const device& target) {
    if (const auto* browser = std::get_if<web_push_subscription>(&target)) {
        return boost::json::serialize(to_json(*browser));
    }
    return boost::json::serialize(boost::json::object{{"token", std::get<fcm_device>(target).token}});
}

// What a device is known by, whoever has it.
std::string fingerprint(const device& target) {
    if (const auto* browser = std::get_if<web_push_subscription>(&target)) {
        return security::sha256_hex("web_push " + browser->endpoint);
    }
    return security::sha256_hex("fcm " + std::get<fcm_device>(target).token);
}

kept_device read_device(const db::row& from) {
    return {from.integer(0), from.integer(1), from.text(2), from.text(3), from.integer(4)};
}

}  // namespace

std::string kind_of(const device& target) {
    return std::holds_alternative<web_push_subscription>(target) ? "web_push" : "fcm";
}

awaitable<bool> is_known(db::transaction& tx, std::int64_t user_id, const device& target) {
    const auto rows = co_await tx.query(sql::find_known_device, user_id, fingerprint(target));
    co_return !rows.empty();
}

awaitable<kept_device> save(
    db::transaction& tx, const security::master_key& key, kept_device added, const device& target
) {
    const auto known_by = fingerprint(target);
    tx.exec(sql::take_device, known_by, added.user_id);
    const auto rows = co_await tx.query(
        sql::save_device,
        added.user_id,
        kind_of(target),
        known_by,
        key.seal(text_of(target), purpose),
        added.label,
        added.created_at
    );
    co_return read_device(rows.front());
}

awaitable<std::size_t> count(db::transaction& tx, std::int64_t user_id) {
    const auto rows = co_await tx.query(sql::count_devices, user_id);
    co_return static_cast<std::size_t>(rows.front().integer(0));
}

awaitable<std::vector<kept_device>> list(
    db::database& source, std::int64_t user_id, std::int64_t after, std::size_t limit, deadline until
) {
    std::vector<kept_device> all;
    for (const auto& each : co_await source.query(until, sql::list_devices, user_id, after, limit)) {
        all.push_back(read_device(each));
    }
    co_return all;
}

awaitable<bool> remove(db::transaction& tx, std::int64_t user_id, std::int64_t device_id) {
    const auto rows = co_await tx.query(sql::delete_own_device, user_id, device_id);
    co_return !rows.empty();
}

void remove_dead(db::transaction& tx, std::int64_t device_id) {
    tx.exec(sql::delete_device, device_id);
}

awaitable<std::optional<device>> find(
    db::database& source, const security::master_key& key, std::int64_t device_id, deadline until
) {
    const auto rows = co_await source.query(until, sql::find_device, device_id);
    if (rows.empty()) co_return std::nullopt;
    const auto opened = key.open(rows.front().text(1), purpose);
    if (!opened) throw std::runtime_error("a device was sealed with another key");
    const auto given = boost::json::parse(*opened).as_object();
    if (rows.front().text(0) == "fcm")
        co_return device{fcm_device{std::string(given.at("token").as_string())}};
    auto read = read_subscription(given);
    if (!read) throw std::runtime_error("a stored subscription cannot be read");
    co_return device{std::move(*read)};
}

}  // namespace esm::notifications::device_store
