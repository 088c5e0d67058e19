// See manage_templates.hpp.
#include "services/notifications/catalogue/manage_templates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "platform/observe/log.hpp"
#include "services/notifications/templates/shipped.hpp"

namespace esm::notifications {

namespace store = catalogue_store;

namespace {

constexpr int change_tries_max = 5;
constexpr std::int64_t templates_max = 1'000;
constexpr std::int64_t any_version = std::numeric_limits<std::int64_t>::max();

std::shared_ptr<const message_template> find_shipped(const template_key& of) {
    for (const auto& each : shipped_templates()) {
        if (each->event_type == of.event_type && each->channel == of.channel && each->locale == of.locale) {
            return each;
        }
    }
    return nullptr;
}

error no_such_template(const template_key& of) {
    return fail(
        errc::not_found,
        fmt::format("there is no template of {} for {} in {}", of.event_type, of.channel, of.locale)
    );
}

error no_such_version(std::int64_t version) {
    return fail(errc::not_found, fmt::format("there is no version {} of this template", version));
}

error no_rule(std::string_view event_type) {
    return fail(
        errc::validation_failed,
        fmt::format(
            "nothing is known of events of type {0}; make a rule first: PUT /notifications/rules/{0}",
            event_type
        )
    );
}

// The version in force: a stored one, 0 for the shipped one, nothing.
std::optional<std::int64_t> in_force(const template_key& of, const std::optional<template_version>& last) {
    if (last && last->parts) return last->version;
    if (find_shipped(of)) return 0;
    return std::nullopt;
}

void log_change(const context& ctx, const template_key& of, const template_version& now) {
    observe::log(
        observe::level::info,
        now.parts ? "a template was changed" : "a template was taken back",
        ctx.trace,
        {{"eventType", of.event_type},
         {"channel", of.channel},
         {"locale", of.locale},
         {"version", now.version},
         {"userId", ctx.caller->user_id},
         {"clientId", ctx.caller->client_id}}
    );
}

}  // namespace

error refused_parts(const std::vector<problem>& problems) {
    auto refused = fail(
        errc::validation_failed,
        problems.size() == 1 ? "the template has a problem"
                             : fmt::format("the template has {} problems", problems.size())
    );
    for (const auto& each : problems) {
        refused.fields.push_back(
            {each.part.empty() ? "/parts" : "/parts/" + each.part,
             "template",
             fmt::format("line {}, column {}: {}", each.line, each.column, each.message)}
        );
    }
    return refused;
}

awaitable<std::optional<known_fields>> manage_templates::find_fields(
    const std::string& event_type, deadline until
) {
    if (const auto* shipped = find_event_fields(event_type)) co_return known_fields(*shipped);
    const auto kept = co_await store::find_rule(database_, event_type, until);
    if (!kept || !kept->what) co_return std::nullopt;
    co_return known_fields(*kept->what);
}

awaitable<std::vector<template_name>> manage_templates::list(std::string_view event_type, deadline until) {
    std::map<template_key, std::int64_t> all;
    for (const auto& each : shipped_templates()) all[{each->event_type, each->channel, each->locale}] = 0;
    for (auto& each : co_await store::list_template_names(database_, until)) {
        all.insert_or_assign(std::move(each.of), each.version);
    }
    std::vector<template_name> listed;
    for (const auto& [of, version] : all) {
        if (event_type.empty() || of.event_type == event_type) listed.push_back({of, version});
    }
    co_return listed;
}

awaitable<result<shown_template>> manage_templates::find(
    const template_key& of, std::optional<std::int64_t> version, deadline until
) {
    shown_template shown{of, {}, {}};
    if (const auto known = co_await find_fields(of.event_type, until)) {
        shown.names = names_for_templates(known->get());
    }
    const auto before = version && *version < any_version ? *version + 1 : any_version;
    auto found = co_await store::list_versions(database_, of, before, 1, until);
    const bool stored =
        !found.empty() && found.front().parts && (!version || found.front().version == *version);
    const auto shipped = find_shipped(of);
    if (stored) {
        shown.what = std::move(found.front());
    } else if (shipped && version.value_or(0) == 0) {
        shown.what.parts = shipped->parts;
    } else {
        co_return version ? no_such_version(*version) : no_such_template(of);
    }
    co_return shown;
}

awaitable<result<std::vector<template_version>>> manage_templates::list_versions(
    const template_key& of, std::int64_t before, std::size_t limit, deadline until
) {
    auto found = co_await store::list_versions(database_, of, before, limit, until);
    if (found.empty() && before == any_version && !find_shipped(of)) co_return no_such_template(of);
    co_return found;
}

// Nothing where somebody else was faster.
awaitable<result<std::optional<manage_templates::written>>> manage_templates::write(
    db::transaction& tx, const context& ctx, const wanted& what
) {
    const auto last = co_await store::last_version(tx, what.of);
    const auto before = in_force(what.of, last);
    if (!before && !what.parts) co_return no_such_template(what.of);
    if (const auto allowed = what.check(before); !allowed) co_return allowed.error();
    written done{{}, !before};
    if (!what.parts && *before == 0) co_return done;
    if (!last && co_await store::count_templates(tx) >= templates_max) {
        co_return fail(
            errc::conflict, fmt::format("{} templates are stored, which is the most allowed", templates_max)
        );
    }
    done.now.version = (last ? last->version : 0) + 1;
    done.now.parts = what.parts;
    done.now.created_by = ctx.caller->user_id;
    done.now.created_at = now_us();
    if (!co_await store::add_version(tx, what.of, done.now)) co_return std::nullopt;
    texts_.changed(tx);
    co_return done;
}

awaitable<result<manage_templates::written>> manage_templates::change(
    const context& ctx, const wanted& what
) {
    for (int tries = 0; tries < change_tries_max; ++tries) {
        auto done =
            co_await database_.transact(ctx.until, [&](db::transaction& tx) { return write(tx, ctx, what); });
        if (!done) co_return done.error();
        if (!*done) continue;
        if ((*done)->now.version > 0) {
            log_change(ctx, what.of, (*done)->now);
            co_await texts_.refresh();
        }
        co_return std::move(**done);
    }
    co_return fail(errc::conflict, "the template was changed by others at the same time: try again");
}

awaitable<result<manage_templates::saved>> manage_templates::save(
    const context& ctx, const template_key& of, const part_texts& parts, const check_before& check
) {
    const auto known = co_await find_fields(of.event_type, ctx.until);
    if (!known) co_return no_rule(of.event_type);
    if (const auto problems = lint(of.channel, parts, known->get()); !problems.empty()) {
        co_return refused_parts(problems);
    }
    auto done = co_await change(ctx, {of, parts, check});
    if (!done) co_return done.error();
    co_return saved{{of, std::move(done->now), names_for_templates(known->get())}, done->is_new};
}

awaitable<result<void>> manage_templates::remove(
    const context& ctx, const template_key& of, const check_before& check
) {
    const auto done = co_await change(ctx, {of, std::nullopt, check});
    if (!done) co_return done.error();
    co_return result<void>();
}

awaitable<result<rendered>> manage_templates::preview(
    const template_key& of, const preview_wish& wish, deadline until
) {
    const auto known = co_await find_fields(of.event_type, until);
    if (!known) co_return no_rule(of.event_type);
    if (wish.event) {
        auto wrong = check_event(*wish.event, known->get());
        if (!wrong.empty()) {
            auto refused = fail(errc::malformed_request, "no event of this type looks like this one");
            refused.fields = std::move(wrong);
            co_return refused;
        }
    }
    part_texts parts;
    if (wish.parts) {
        parts = *wish.parts;
    } else {
        const auto found = co_await find(of, std::nullopt, until);
        if (!found) co_return found.error();
        parts = *found->what.parts;
    }
    if (const auto problems = lint(of.channel, parts, known->get()); !problems.empty()) {
        co_return refused_parts(problems);
    }
    const auto made = make_template(of.event_type, of.channel, of.locale, 0, std::move(parts));
    const auto now = co_await texts_.current();
    const auto* by = now->rules.find(of.event_type);
    // As it is sent: long texts of an event are cut.
    auto event = wish.event.value_or(sample_event(known->get()));
    if (by != nullptr) event = pick_fields(*by, event);
    message_input input{event, wish.to, public_url_, {}, {}};
    std::string link;
    if (!public_url_.empty() && of.channel == "email" && !(by != nullptr && by->critical)) {
        link = public_url_ + "/api/v1/eventstreammonitor/notifications/unsubscribe?token=preview";
    }
    input.unsubscribe_url = link;
    co_return render(made, input);
}

}  // namespace esm::notifications
