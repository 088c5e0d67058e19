// See endpoint_store.hpp.
#include "services/notifications/endpoints/endpoint_store.hpp"

#include <stdexcept>

#include "services/notifications/sql.hpp"

namespace esm::notifications::endpoint_store {

namespace {

constexpr std::string_view purpose = "webhook-secret";

std::string types_text(const std::vector<std::string>& types) {
    return boost::json::serialize(boost::json::value_from(types));
}

endpoint read_endpoint(const db::row& from) {
    endpoint read;
    read.webhook_id = from.integer(0);
    read.user_id = from.integer(1);
    read.version = from.integer(2);
    read.url = from.text(3);
    const auto types = boost::json::parse(from.view(4));
    for (const auto& type : types.as_array()) {
        read.event_types.emplace_back(type.as_string());
    }
    read.description = from.text(5);
    read.everyone = from.boolean(6);
    read.disabled_reason = from.optional_text(7);
    read.previous_until = from.optional_integer(8);
    read.created_at = from.integer(9);
    return read;
}

std::string open_secret(const security::master_key& key, std::string_view sealed) {
    auto opened = key.open(std::string(sealed), purpose);
    if (!opened) throw std::runtime_error("a webhook's secret was sealed with another key");
    return std::move(*opened);
}

std::optional<endpoint> first_of(const db::rows& found) {
    if (found.empty()) return std::nullopt;
    return read_endpoint(found.front());
}

}  // namespace

awaitable<std::int64_t> insert(
    db::transaction& tx, const security::master_key& key, const endpoint& added, const std::string& secret
) {
    const auto rows = co_await tx.query(
        sql::insert_webhook,
        added.user_id,
        added.url,
        types_text(added.event_types),
        added.description,
        added.everyone,
        key.seal(secret, purpose),
        added.created_at
    );
    co_return rows.front().integer(0);
}

awaitable<std::size_t> count(db::transaction& tx, std::int64_t user_id) {
    const auto rows = co_await tx.query(sql::count_webhooks, user_id);
    co_return static_cast<std::size_t>(rows.front().integer(0));
}

awaitable<std::vector<endpoint>> list(
    db::database& source, std::int64_t user_id, std::int64_t after, std::size_t limit, deadline until
) {
    std::vector<endpoint> all;
    for (const auto& each : co_await source.query(until, sql::list_webhooks, user_id, after, limit)) {
        all.push_back(read_endpoint(each));
    }
    co_return all;
}

awaitable<std::optional<endpoint>> find(db::database& source, std::int64_t webhook_id, deadline until) {
    co_return first_of(co_await source.query(until, sql::find_webhook, webhook_id));
}

awaitable<std::optional<endpoint>> lock(db::transaction& tx, std::int64_t webhook_id) {
    co_return first_of(co_await tx.query(sql::lock_webhook, webhook_id));
}

void update(db::transaction& tx, const endpoint& changed) {
    tx.exec(
        sql::update_webhook,
        changed.webhook_id,
        changed.version,
        changed.url,
        types_text(changed.event_types),
        changed.description,
        changed.everyone,
        changed.disabled_reason
    );
}

void rotate(
    db::transaction& tx,
    const security::master_key& key,
    std::int64_t webhook_id,
    const std::string& secret,
    instant_us previous_until
) {
    tx.exec(sql::rotate_webhook_secret, webhook_id, key.seal(secret, purpose), previous_until);
}

void remove(db::transaction& tx, std::int64_t webhook_id) {
    tx.exec(sql::delete_webhook, webhook_id);
}

void disable(db::transaction& tx, std::int64_t webhook_id, const std::string& reason) {
    tx.exec(sql::disable_webhook, webhook_id, reason);
}

awaitable<std::optional<webhook_endpoint>> find_target(
    db::database& source, const security::master_key& key, std::int64_t webhook_id, deadline until
) {
    const auto rows = co_await source.query(until, sql::find_webhook_target, webhook_id, now_us());
    if (rows.empty()) co_return std::nullopt;
    const auto row = rows.front();
    webhook_endpoint target{row.text(0), open_secret(key, row.view(1)), {}, row.optional_text(3)};
    if (!row.is_null(2)) target.previous_secret = open_secret(key, row.view(2));
    co_return target;
}

}  // namespace esm::notifications::endpoint_store
