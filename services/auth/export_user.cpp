// See export_user.hpp.
#include "services/auth/export_user.hpp"

#include <charconv>

#include "platform/base/words.hpp"
#include "platform/http/cursor.hpp"
#include "services/auth/paging.hpp"
#include "services/auth/session_store.hpp"
#include "services/auth/sql.hpp"

namespace esm::auth {

// Behind what a page begins: in the list of sessions, or in that of API keys, which follows it.
struct export_user::place {
    std::string list{"sessions"};
    timed_place after;
    bool begun{false};  // an item of the list was given
};

namespace {

constexpr std::int64_t rows_a_page_max = 500;

std::string list_name(std::int64_t user_id) {
    return fmt::format("export of user {}", user_id);
}

boost::json::value optional_instant(const std::optional<instant_us>& instant) {
    if (!instant) return nullptr;
    return boost::json::string(format_instant(*instant));
}

boost::json::object session_json(const session& shown) {
    return {
        {"sessionId", shown.session_id},
        {"clientId", shown.client_id},
        {"username", shown.username},
        {"roles", boost::json::value_from(shown.roles)},
        {"scopes", boost::json::value_from(shown.scopes)},
        {"createdAt", format_instant(shown.created_at)},
        {"lastUsedAt", format_instant(shown.last_used_at)},
        {"expiresAt", format_instant(shown.expires_at)},
        {"revokedAt", optional_instant(shown.revoked_at)},
        {"userAgent", shown.user_agent},
        {"address", shown.address},
        {"mfa", shown.mfa},
    };
}

boost::json::object api_key_json(const db::row& from) {
    return {
        {"apiKeyId", from.text(0)},
        {"name", from.text(1)},
        {"scopes", boost::json::value_from(split_words(from.view(2)))},
        {"username", from.text(3)},
        {"roles", boost::json::value_from(split_words(from.view(4)))},
        {"createdAt", format_instant(from.integer(5))},
        {"expiresAt", format_instant(from.integer(6))},
        {"lastUsedAt", optional_instant(from.optional_integer(7))},
        {"revokedAt", optional_instant(from.optional_integer(8))},
    };
}

std::string cursor_at(std::string_view list, instant_us at, std::string_view id, std::int64_t user_id) {
    return http::make_named_cursor(fmt::format("{} {} {}", list, at, id), list_name(user_id));
}

}  // namespace

awaitable<void> export_user::append_sessions(
    personal_data::export_page& to, std::int64_t user_id, const place& after, deadline until
) {
    const auto found = co_await database_.query(
        until, sql::export_sessions, user_id, after.after.at, after.after.id, rows_a_page_max
    );
    bool comma = after.begun;
    session last;
    for (const auto& row : found) {
        last = session_store::read_session(row);
        if (std::exchange(comma, true)) to.json += ',';
        to.json += boost::json::serialize(session_json(last));
    }
    if (found.size() == rows_a_page_max) {
        to.next_cursor = cursor_at("sessions", last.created_at, last.session_id, user_id);
        co_return;
    }
    to.json += "],\"apiKeys\":[";
    co_await append_api_keys(to, user_id, {"api-keys", {}, false}, until);
}

awaitable<void> export_user::append_api_keys(
    personal_data::export_page& to, std::int64_t user_id, const place& after, deadline until
) {
    const auto found = co_await database_.query(
        until, sql::export_api_keys, user_id, after.after.at, after.after.id, rows_a_page_max
    );
    bool comma = after.begun;
    for (const auto& row : found) {
        if (std::exchange(comma, true)) to.json += ',';
        to.json += boost::json::serialize(api_key_json(row));
    }
    if (found.size() == rows_a_page_max) {
        const auto last = found[found.size() - 1];
        to.next_cursor = cursor_at("api-keys", last.integer(5), last.view(0), user_id);
        co_return;
    }
    to.json += "]}";
}

awaitable<result<personal_data::export_page>> export_user::page(
    const context& ctx, std::int64_t user_id, std::string cursor
) {
    personal_data::export_page made;
    if (cursor.empty()) {
        const bool on = co_await factor_.is_on(user_id, ctx.until);
        made.json = fmt::format(R"({{"secondFactor":{{"on":{}}},"sessions":[)", on);
        co_await append_sessions(made, user_id, {}, ctx.until);
        co_return made;
    }
    http::request asked;
    asked.query.emplace_back("cursor", std::move(cursor));
    const auto where = http::read_named_page(asked, list_name(user_id));
    if (!where) co_return where.error();
    const auto words = split_words(where->after_name);
    std::int64_t at = 0;
    if (words.size() != 3 ||
        std::from_chars(words[1].data(), words[1].data() + words[1].size(), at).ec != std::errc{}) {
        co_return fail(errc::invalid_cursor);
    }
    const place after{words[0], {at, words[2]}, true};
    if (after.list == "sessions") {
        co_await append_sessions(made, user_id, after, ctx.until);
    } else {
        co_await append_api_keys(made, user_id, after, ctx.until);
    }
    co_return made;
}

}  // namespace esm::auth
