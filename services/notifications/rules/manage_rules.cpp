// See manage_rules.hpp.
#include "services/notifications/rules/manage_rules.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/observe/log.hpp"
#include "services/notifications/catalogue/known_fields.hpp"
#include "services/notifications/direct/new_message.hpp"
#include "services/notifications/endpoints/manage_endpoints.hpp"
#include "services/notifications/templates/lint.hpp"

namespace esm::notifications {

namespace store = catalogue_store;

namespace {

constexpr int change_tries_max = 5;
constexpr std::int64_t rules_max = 1'000;

// Why, of the types that are no event's.
std::string_view goes_by_no_rule(std::string_view event_type) {
    if (event_type == digest_event_type)
        return "no event is of this type: it is what several messages are gathered into";
    if (event_type == direct_event_type) return "no event is of this type: its messages have their own words";
    if (event_type == webhook_test_type) return "no event is of this type: it tests webhooks";
    return {};
}

error no_such_rule(std::string_view event_type) {
    return fail(errc::not_found, fmt::format("there is no rule for {}", event_type));
}

std::optional<rule> find_shipped(std::string_view event_type) {
    for (auto& each : shipped_rules()) {
        if (each.event_type == event_type) return std::move(each);
    }
    return std::nullopt;
}

void log_change(const context& ctx, std::string_view event_type, const store::kept_rule& now) {
    observe::log(
        observe::level::info,
        now.what ? "a rule was changed" : "a rule was taken back",
        ctx.trace,
        {{"eventType", std::string(event_type)},
         {"version", now.version},
         {"userId", ctx.caller->user_id},
         {"clientId", ctx.caller->client_id}}
    );
}

}  // namespace

awaitable<std::vector<rule>> manage_rules::list(deadline until) {
    co_return rule_set(co_await store::list_rules(database_, until)).all();
}

awaitable<result<rule>> manage_rules::find(const std::string& event_type, deadline until) {
    auto kept = co_await store::find_rule(database_, event_type, until);
    if (kept && kept->what) co_return over_shipped(std::move(*kept->what));
    if (auto shipped = find_shipped(event_type)) co_return std::move(*shipped);
    co_return no_such_rule(event_type);
}

// A field that is left out must not leave a gap in somebody's mail.
awaitable<result<void>> manage_rules::check_templates(const rule& given, deadline until) {
    if (find_event_fields(given.event_type) != nullptr) co_return result<void>();
    const known_fields known(given);
    auto refused = fail(errc::validation_failed, "templates in force would not fit the rule any more");
    for (const auto& each : co_await store::list_templates(database_, until)) {
        if (each.event_type != given.event_type) continue;
        for (const auto& told : lint(each.channel, each.parts, known.get())) {
            refused.fields.push_back(
                {"/fields",
                 "template",
                 fmt::format(
                     "the {} of {} in {}: line {}, column {}: {}",
                     told.part,
                     each.channel,
                     each.locale,
                     told.line,
                     told.column,
                     told.message
                 )}
            );
        }
    }
    if (refused.fields.empty()) co_return result<void>();
    constexpr std::size_t told_max = 100;
    if (refused.fields.size() > told_max) refused.fields.resize(told_max);
    co_return refused;
}

// Nothing where somebody else was faster.
awaitable<result<std::optional<manage_rules::written>>> manage_rules::write(
    db::transaction& tx, const wanted& what
) {
    const auto kept = co_await store::lock_rule(tx, what.event_type);
    std::optional<std::int64_t> before;
    if (kept && kept->what) {
        before = kept->version;
    } else if (find_shipped(what.event_type)) {
        before = 0;
    }
    if (!before && !what.what) co_return no_such_rule(what.event_type);
    if (const auto allowed = what.check(before); !allowed) co_return allowed.error();
    written done{{}, !before};
    if (!what.what && *before == 0) co_return done;
    if (!kept && co_await store::count_rules(tx) >= rules_max) {
        co_return fail(
            errc::conflict, fmt::format("{} rules are stored, which is the most allowed", rules_max)
        );
    }
    done.now = {(kept ? kept->version : 0) + 1, what.what};
    if (!co_await store::save_rule(tx, what.event_type, done.now, now_us())) co_return std::nullopt;
    texts_.changed(tx);
    co_return done;
}

awaitable<result<manage_rules::written>> manage_rules::change(const context& ctx, const wanted& what) {
    for (int tries = 0; tries < change_tries_max; ++tries) {
        auto done =
            co_await database_.transact(ctx.until, [&](db::transaction& tx) { return write(tx, what); });
        if (!done) co_return done.error();
        if (!*done) continue;
        if ((*done)->now.version > 0) {
            log_change(ctx, what.event_type, (*done)->now);
            co_await texts_.refresh();
        }
        co_return std::move(**done);
    }
    co_return fail(errc::conflict, "the rule was changed by others at the same time: try again");
}

awaitable<result<manage_rules::saved>> manage_rules::save(
    const context& ctx, const rule& given, const check_before& check
) {
    if (const auto why = goes_by_no_rule(given.event_type); !why.empty()) {
        co_return fail(errc::validation_failed, std::string(why));
    }
    if (const auto fits = co_await check_templates(given, ctx.until); !fits) co_return fits.error();
    auto done = co_await change(ctx, {given.event_type, given, check});
    if (!done) co_return done.error();
    saved answer{std::move(*done->now.what), done->is_new};
    answer.now.version = done->now.version;
    co_return answer;
}

awaitable<result<void>> manage_rules::remove(
    const context& ctx, const std::string& event_type, const check_before& check
) {
    const auto done = co_await change(ctx, {event_type, std::nullopt, check});
    if (!done) co_return done.error();
    co_return result<void>();
}

}  // namespace esm::notifications
