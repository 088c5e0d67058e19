// What administrators do with templates: read, change, take back, look at. A change is a new version; what is
// in force is the newest one, or the shipped text where there is none. Made for one request, on its shard.
#pragma once

#include <functional>
#include <optional>

#include "platform/base/context.hpp"
#include "services/notifications/catalogue/catalogue.hpp"
#include "services/notifications/catalogue/known_fields.hpp"
#include "services/notifications/channel.hpp"
#include "services/notifications/templates/lint.hpp"

namespace esm::notifications {

using catalogue_store::template_key;
using catalogue_store::template_name;
using catalogue_store::template_version;

// Version 0 is the shipped text, which nobody has stored.
struct shown_template {
    template_key of;
    template_version what;
    std::vector<std::string> names;  // that its texts may use; empty where nothing is known of its event type
};

struct preview_wish {
    std::optional<part_texts> parts;           // nothing: those in force
    std::optional<boost::json::object> event;  // nothing: sample_event
    contact to;
};

class manage_templates {
public:
    // What a condition says of the version in force; nothing where there is none.
    using check_before = std::function<result<void>(std::optional<std::int64_t> in_force)>;

    manage_templates(db::database& database, catalogue& texts, std::string public_url)
        : database_(database), texts_(texts), public_url_(std::move(public_url)) {}

    // All in force, stored and shipped, in order; of one event type where one is named.
    awaitable<std::vector<template_name>> list(std::string_view event_type, deadline until);

    // errc::not_found where there is none of exactly this locale, or no such version.
    awaitable<result<shown_template>> find(
        const template_key& of, std::optional<std::int64_t> version, deadline until
    );

    // Newest first, those below `before`; errc::not_found where there never was one.
    awaitable<result<std::vector<template_version>>> list_versions(
        const template_key& of, std::int64_t before, std::size_t limit, deadline until
    );

    struct saved {
        shown_template now;
        bool is_new{false};  // there was none in force
    };
    // errc::validation_failed with each problem under its part's pointer; what `check` answers.
    awaitable<result<saved>> save(
        const context& ctx, const template_key& of, const part_texts& parts, const check_before& check
    );

    // Back to the shipped text or to nothing. errc::not_found where there is none; what `check` answers.
    awaitable<result<void>> remove(const context& ctx, const template_key& of, const check_before& check);

    // What somebody would get. Stores nothing.
    awaitable<result<rendered>> preview(const template_key& of, const preview_wish& wish, deadline until);

private:
    awaitable<std::optional<known_fields>> find_fields(const std::string& event_type, deadline until);
    // A change to be made; without parts it takes back what is stored.
    struct wanted {
        const template_key& of;
        const std::optional<part_texts> parts;
        const check_before& check;
    };
    struct written {
        template_version now;  // version 0: nothing was to be done
        bool is_new{false};
    };
    awaitable<result<written>> change(const context& ctx, const wanted& what);
    awaitable<result<std::optional<written>>> write(
        db::transaction& tx, const context& ctx, const wanted& what
    );

    db::database& database_;
    catalogue& texts_;
    const std::string public_url_;
};

// The problems as the API names them: pointer /parts/html, message "line 3, column 7: …".
error refused_parts(const std::vector<problem>& problems);

}  // namespace esm::notifications
