// The stored rules and templates in NOTIFICATIONS: the only place that names their queries. Stateless.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/db/database.hpp"
#include "services/notifications/rules/rule.hpp"
#include "services/notifications/templates/template_set.hpp"

namespace esm::notifications::catalogue_store {

// What there is of an event type's rule, where one was ever stored.
struct kept_rule {
    std::int64_t version{0};
    std::optional<rule> what;  // nothing where it was removed
};

// Those in force, by event type.
awaitable<std::vector<rule>> list_rules(db::database& source, deadline until);
awaitable<std::optional<kept_rule>> find_rule(
    db::database& source, const std::string& event_type, deadline until
);
// The same, locked until the transaction ends.
awaitable<std::optional<kept_rule>> lock_rule(db::transaction& tx, const std::string& event_type);
// Those removed count too.
awaitable<std::int64_t> count_rules(db::transaction& tx);
// False where the version before is not the one that is stored: somebody else was faster.
awaitable<bool> save_rule(
    db::transaction& tx, const std::string& event_type, const kept_rule& kept, instant_us now
);

// What a template is known by.
struct template_key {
    std::string event_type, channel, locale;

    friend auto operator<=>(const template_key&, const template_key&) = default;
};
struct template_name {
    template_key of;
    std::int64_t version{0};

    friend bool operator==(const template_name&, const template_name&) = default;
};
struct template_version {
    std::int64_t version{0};
    std::optional<part_texts> parts;  // nothing where it went back to the shipped texts
    std::int64_t created_by{0};       // 0: no user's account
    instant_us created_at{0};
};

// The last version of each that has one in force, by event type, channel and locale.
awaitable<std::vector<stored_template>> list_templates(db::database& source, deadline until);
// The same without their texts.
awaitable<std::vector<template_name>> list_template_names(db::database& source, deadline until);
// Newest first, those below `before`, up to `limit`.
awaitable<std::vector<template_version>> list_versions(
    db::database& source, const template_key& of, std::int64_t before, std::size_t limit, deadline until
);
// The newest; nothing where none was ever stored.
awaitable<std::optional<template_version>> last_version(db::transaction& tx, const template_key& of);
// Templates that were ever stored, each once.
awaitable<std::int64_t> count_templates(db::transaction& tx);
// False where the version is there already: somebody else was faster.
awaitable<bool> add_version(db::transaction& tx, const template_key& of, const template_version& added);

}  // namespace esm::notifications::catalogue_store
