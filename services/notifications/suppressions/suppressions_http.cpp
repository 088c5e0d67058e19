// See suppressions_http.hpp.
#include "services/notifications/suppressions/suppressions_http.hpp"

#include <limits>

#include "platform/base/json_decoder.hpp"
#include "platform/base/phone_number.hpp"
#include "platform/http/cursor.hpp"
#include "platform/http/idempotency.hpp"
#include "platform/http/text.hpp"
#include "platform/observe/log.hpp"
#include "services/notifications/mail/mail_encoding.hpp"
#include "services/notifications/suppressions/suppress_address.hpp"
#include "services/notifications/suppressions/suppression_store.hpp"

namespace esm::notifications {

namespace {

constexpr std::int64_t days_max = 365;
constexpr std::size_t address_max = 254;  // RFC 5321 section 4.5.3.1.3, without the brackets

bool has_addresses(std::string_view channel) {
    return channel == "email" || channel == "sms";
}

void check_address(json::decoder& from, const suppress_request& given) {
    if (given.address.empty()) return;  // named already
    if (given.channel == "email" && !is_mail_address(given.address)) {
        from.reject("address", "pattern", "Must be an e-mail address");
    } else if (given.channel == "sms" && !is_e164(given.address)) {
        from.reject("address", "pattern", "Must be a phone number, such as +436601234567");
    }
}

std::string required_choice(
    json::decoder& from,
    const boost::json::object& body,
    std::string_view name,
    std::initializer_list<std::string_view> allowed
) {
    if (!body.contains(name)) return from.text(name, {});  // which says that it is missing
    return from.optional_choice(name, allowed).value_or("");
}

result<suppress_request> decode_request(const boost::json::object& body) {
    json::decoder from(body);
    suppress_request given;
    given.channel = required_choice(from, body, "channel", {"email", "sms"});
    given.reason = required_choice(from, body, "reason", {"bounced", "complained"});
    given.address = from.text("address", {1, address_max});
    given.notification_id =
        from.optional_integer("notificationId", 1, std::numeric_limits<std::int64_t>::max());
    const auto days = from.optional_integer("days", 1, days_max);
    if (days) given.lasts = std::chrono::days(*days);
    check_address(from, given);
    if (auto refused = from.finish()) return std::move(*refused);
    return given;
}

std::string path_of(const suppression& shown) {
    return fmt::format(
        "/api/v1/eventstreammonitor/notifications/suppressions/{}/{}",
        shown.channel,
        http::percent_encode(shown.address)
    );
}

// Channels have no spaces.
suppression_store::place place_of(const std::string& name) {
    const auto space = name.find(' ');
    if (space == std::string::npos) return {};
    return {name.substr(0, space), name.substr(space + 1)};
}

}  // namespace

awaitable<result<http::response>> get_suppressions(notifications_http& deps, http::request& call) {
    const auto known = http::check_query(call, {"channel", "limit", "cursor"});
    if (!known) co_return known.error();
    const std::string channel(call.query_param("channel").value_or(""));
    if (call.query_param("channel") && !has_addresses(channel)) {
        co_return http::bad_parameter("channel", "not_allowed", "One of email, sms");
    }
    const auto list_name = "suppressions|" + channel;
    const auto page = http::read_named_page(call, list_name);
    if (!page) co_return page.error();
    // One more than asked for tells whether another page follows.
    auto found = co_await suppression_store::list(
        deps.database, channel, place_of(page->after_name), now_us(), page->limit + 1, call.ctx.until
    );
    const bool more = found.size() > static_cast<std::size_t>(page->limit);
    if (more) found.resize(static_cast<std::size_t>(page->limit));
    boost::json::array items;
    items.reserve(found.size());
    for (const auto& each : found) items.push_back(to_json(each));
    std::string cursor;
    if (more) {
        const auto& last = found.back();
        cursor = http::make_named_cursor(fmt::format("{} {}", last.channel, last.address), list_name);
    }
    co_return http::page_reply(call, "suppressions", std::move(items), cursor);
}

awaitable<result<http::response>> post_suppression(notifications_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    const auto asked = decode_request(*body);
    if (!asked) co_return asked.error();
    const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        const auto done = co_await suppress_address(tx, deps.outbox, *asked);
        auto reply = http::json_reply(
            201, {{"suppression", to_json(done.in_force)}, {"notificationBounced", done.notification_bounced}}
        );
        reply.headers.emplace_back("Location", path_of(done.in_force));
        co_return reply;
    };
    co_return co_await http::run_once(deps.database, call, write);
}

awaitable<result<http::response>> delete_suppression(notifications_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const std::string channel(call.path_param("channel")), address(call.path_param("address"));
    const auto lift = [&](db::transaction& tx) {
        return suppression_store::remove(tx, channel, address, now_us());
    };
    const bool lifted = has_addresses(channel) && address.size() <= address_max &&
                        co_await deps.database.transact(call.ctx.until, lift);
    if (!lifted) co_return fail(errc::not_found, "the address is not suppressed");
    observe::log(
        observe::level::info,
        "an address may be written to again",
        call.ctx.trace,
        {{"service", std::string("notifications")}, {"channel", channel}, {"userId", call.ctx.caller->user_id}
        }
    );
    http::response done;
    done.status = 204;
    co_return done;
}

}  // namespace esm::notifications
