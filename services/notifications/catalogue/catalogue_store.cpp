// See catalogue_store.hpp.
#include "services/notifications/catalogue/catalogue_store.hpp"

#include <boost/json.hpp>
#include <limits>

#include "services/notifications/sql.hpp"

namespace esm::notifications::catalogue_store {

namespace {

part_texts read_parts(std::string_view body) {
    part_texts parts;
    const auto parsed = boost::json::parse(body);
    for (const auto& [name, text] : parsed.as_object()) {
        parts.emplace(std::string(name), std::string(text.as_string()));
    }
    return parts;
}

std::string parts_text(const part_texts& parts) {
    boost::json::object body;
    for (const auto& [name, text] : parts) body[name] = text;
    return boost::json::serialize(body);
}

std::optional<kept_rule> read_kept(const std::string& event_type, const db::rows& found) {
    if (found.empty()) return std::nullopt;
    const auto& row = found.front();
    kept_rule kept{row.integer(0), {}};
    if (!row.is_null(1)) kept.what = from_stored(event_type, kept.version, row.view(1));
    return kept;
}

std::vector<template_version> read_versions(const db::rows& found) {
    std::vector<template_version> all;
    for (const auto& each : found) {
        template_version read{each.integer(0), {}, each.integer(2), each.integer(3)};
        if (!each.is_null(1)) read.parts = read_parts(each.view(1));
        all.push_back(std::move(read));
    }
    return all;
}

}  // namespace

awaitable<std::vector<rule>> list_rules(db::database& source, deadline until) {
    std::vector<rule> all;
    for (const auto& each : co_await source.query(until, sql::list_rules)) {
        all.push_back(from_stored(each.view(0), each.integer(1), each.view(2)));
    }
    co_return all;
}

awaitable<std::optional<kept_rule>> find_rule(
    db::database& source, const std::string& event_type, deadline until
) {
    co_return read_kept(event_type, co_await source.query(until, sql::find_rule, event_type));
}

awaitable<std::optional<kept_rule>> lock_rule(db::transaction& tx, const std::string& event_type) {
    co_return read_kept(event_type, co_await tx.query(sql::lock_rule, event_type));
}

awaitable<std::int64_t> count_rules(db::transaction& tx) {
    const auto rows = co_await tx.query(sql::count_rules);
    co_return rows.front().integer(0);
}

awaitable<bool> save_rule(
    db::transaction& tx, const std::string& event_type, const kept_rule& kept, instant_us now
) {
    std::optional<std::string> body;
    if (kept.what) body = to_stored(*kept.what);
    const auto rows = co_await tx.query(sql::save_rule, event_type, kept.version, body, now);
    co_return !rows.empty();
}

awaitable<std::vector<stored_template>> list_templates(db::database& source, deadline until) {
    std::vector<stored_template> all;
    for (const auto& each : co_await source.query(until, sql::list_templates)) {
        all.push_back({each.text(0), each.text(1), each.text(2), each.integer(3), read_parts(each.view(4))});
    }
    co_return all;
}

awaitable<std::vector<template_name>> list_template_names(db::database& source, deadline until) {
    std::vector<template_name> all;
    for (const auto& each : co_await source.query(until, sql::list_template_names)) {
        all.push_back({{each.text(0), each.text(1), each.text(2)}, each.integer(3)});
    }
    co_return all;
}

awaitable<std::vector<template_version>> list_versions(
    db::database& source, const template_key& of, std::int64_t before, std::size_t limit, deadline until
) {
    co_return read_versions(co_await source.query(
        until, sql::list_template_versions, of.event_type, of.channel, of.locale, before, limit
    ));
}

awaitable<std::optional<template_version>> last_version(db::transaction& tx, const template_key& of) {
    constexpr auto any_version = std::numeric_limits<std::int64_t>::max();
    auto found = read_versions(
        co_await tx.query(sql::list_template_versions, of.event_type, of.channel, of.locale, any_version, 1)
    );
    if (found.empty()) co_return std::nullopt;
    co_return std::move(found.front());
}

awaitable<std::int64_t> count_templates(db::transaction& tx) {
    const auto rows = co_await tx.query(sql::count_templates);
    co_return rows.front().integer(0);
}

awaitable<bool> add_version(db::transaction& tx, const template_key& of, const template_version& added) {
    std::optional<std::string> body;
    if (added.parts) body = parts_text(*added.parts);
    const auto rows = co_await tx.query(
        sql::insert_template,
        of.event_type,
        of.channel,
        of.locale,
        added.version,
        body,
        added.created_by,
        added.created_at
    );
    co_return !rows.empty();
}

}  // namespace esm::notifications::catalogue_store
