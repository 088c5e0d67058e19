// See dead_letters_http.hpp.
#include "services/notifications/dead_letters/dead_letters_http.hpp"

#include "platform/base/json_decoder.hpp"
#include "platform/http/cursor.hpp"
#include "platform/http/if_match.hpp"
#include "platform/observe/log.hpp"
#include "services/notifications/dead_letters/edit.hpp"
#include "services/notifications/dead_letters/filter_json.hpp"

namespace esm::notifications::dead_letters {

namespace {

namespace bj = boost::json;

constexpr std::size_t recipient_max_length = 320;  // RFC 5321: 64 before the @, 255 behind it

bj::object to_json(const store::dead_notification& shown) {
    return {
        {"kind", "notification"},
        {"id", shown.what.notification_id},
        {"failedAt", format_instant(shown.failed_at)},
        {"reason", shown.what.error_message.value_or("")},
        {"notification", notifications::to_json(shown.what)},
    };
}

template <class Letter>
http::response one_letter(const Letter& shown, std::int64_t version) {
    auto reply = http::json_reply(200, bj::object{{"deadLetter", to_json(shown)}});
    reply.headers.emplace_back("ETag", http::etag(version));
    return reply;
}

awaitable<result<http::response>> list_events(
    notifications_http& deps, http::request& call, const store::filter& wanted
) {
    const auto filter_text = fmt::format("dead events|{}|{}", wanted.topic, wanted.event_type);
    const auto where = http::read_page(call, filter_text, 1);
    if (!where) co_return where.error();
    const auto before =
        where->after.empty() ? std::numeric_limits<std::int64_t>::max() : where->after.front();
    const auto limit = static_cast<std::size_t>(where->limit);
    const auto page = co_await store::list_events(deps.database, wanted, before, limit, call.ctx.until);
    bj::array letters;
    for (const auto& each : page.events) letters.push_back(to_json(each));
    std::string next;
    if (page.more) next = http::make_cursor({page.events.back().id}, filter_text);
    co_return http::page_reply(call, "deadLetters", std::move(letters), next);
}

awaitable<result<http::response>> list_notifications(
    notifications_http& deps, http::request& call, const store::filter& wanted
) {
    const auto filter_text = fmt::format("dead notifications|{}|{}", wanted.channel, wanted.event_type);
    const auto where = http::read_page(call, filter_text, 2);
    if (!where) co_return where.error();
    constexpr auto top = std::numeric_limits<std::int64_t>::max();
    store::failure_key before{top, top};
    if (!where->after.empty()) before = {where->after[0], where->after[1]};
    const auto limit = static_cast<std::size_t>(where->limit);
    auto found = co_await store::list_notifications(deps.database, wanted, before, limit + 1, call.ctx.until);
    const bool more = found.size() > limit;
    if (more) found.resize(limit);
    bj::array letters;
    for (const auto& each : found) letters.push_back(to_json(each));
    std::string next;
    if (more)
        next = http::make_cursor({found.back().failed_at, found.back().what.notification_id}, filter_text);
    co_return http::page_reply(call, "deadLetters", std::move(letters), next);
}

struct letter_address {
    letter_kind kind{letter_kind::notification};
    std::int64_t id{0};
};

result<letter_address> read_address(const http::request& call) {
    const auto kind = parse_kind(call.path_param("kind"));
    if (!kind) return no_dead_letter();
    const auto id = http::path_id(call, "id");
    if (!id) return id.error();
    return letter_address{*kind, *id};
}

version_check check_of(const http::request& call) {
    return [&call](std::int64_t version) { return http::check_if_match(call, version); };
}

void log_change(const http::request& call, const letter_address& of, std::string_view what) {
    observe::log(
        observe::level::info,
        what,
        call.ctx.trace,
        {{"service", std::string("notifications")},
         {"kind", std::string(name_of(of.kind))},
         {"id", of.id},
         {"by", call.ctx.caller->user_id}}
    );
}

awaitable<result<http::response>> patch_event(
    notifications_http& deps, http::request& call, letter_address of, const bj::object& body
) {
    json::decoder from(body);
    const auto* payload = from.object("payload");
    if (auto refused = from.finish()) co_return std::move(*refused);
    const auto user_field_of = [texts = deps.texts.now()](const std::string& event_type) -> std::string {
        const auto* by = texts->rules.find(event_type);
        return by != nullptr ? by->user_field : "userId";
    };
    const auto changed = co_await change_payload(
        deps.database, of.id, *payload, user_field_of, check_of(call), call.ctx.until
    );
    if (!changed) co_return changed.error();
    log_change(call, of, "a dead letter was edited");
    co_return one_letter(*changed, changed->version);
}

awaitable<result<http::response>> patch_notification(
    notifications_http& deps, http::request& call, letter_address of, const bj::object& body
) {
    json::decoder from(body);
    auto recipient = from.text("recipient", {1, recipient_max_length});
    if (auto refused = from.finish()) co_return std::move(*refused);
    const auto changed =
        co_await change_recipient(deps.database, of.id, std::move(recipient), check_of(call), call.ctx.until);
    if (!changed) co_return changed.error();
    log_change(call, of, "a dead letter was edited");
    co_return one_letter(*changed, changed->what.version);
}

}  // namespace

awaitable<result<http::response>> get_dead_letters(notifications_http& deps, http::request& call) {
    const auto known = http::check_query(call, {"kind", "channel", "eventType", "topic", "limit", "cursor"});
    if (!known) co_return known.error();
    const auto kind = parse_kind(call.query_param("kind").value_or("notification"));
    if (!kind) co_return http::bad_parameter("kind", "invalid", "Either notification or event");
    const auto wanted = read_query_filter(call, *kind);
    if (!wanted) co_return wanted.error();
    if (*kind == letter_kind::event) co_return co_await list_events(deps, call, *wanted);
    co_return co_await list_notifications(deps, call, *wanted);
}

awaitable<result<http::response>> get_dead_letter(notifications_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto of = read_address(call);
    if (!of) co_return of.error();
    if (of->kind == letter_kind::event) {
        const auto found = co_await store::find_event(deps.database, of->id, call.ctx.until);
        if (!found) co_return no_dead_letter();
        co_return one_letter(*found, found->version);
    }
    const auto found = co_await store::find_notification(deps.database, of->id, call.ctx.until);
    if (!found) co_return no_dead_letter();
    co_return one_letter(*found, found->what.version);
}

awaitable<result<http::response>> patch_dead_letter(notifications_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto of = read_address(call);
    if (!of) co_return of.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    if (of->kind == letter_kind::event) co_return co_await patch_event(deps, call, *of, *body);
    co_return co_await patch_notification(deps, call, *of, *body);
}

awaitable<result<http::response>> delete_dead_letter(notifications_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto of = read_address(call);
    if (!of) co_return of.error();
    const auto gone =
        of->kind == letter_kind::event
            ? co_await discard_event(deps.database, of->id, check_of(call), call.ctx.until)
            : co_await discard_notification(deps.database, of->id, check_of(call), call.ctx.until);
    if (!gone) co_return gone.error();
    log_change(call, *of, "a dead letter was discarded");
    http::response done;
    done.status = 204;
    co_return done;
}

}  // namespace esm::notifications::dead_letters
