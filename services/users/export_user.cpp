// See export_user.hpp.
#include "services/users/export_user.hpp"

#include "platform/observe/log.hpp"
#include "services/users/list_audit.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {

namespace {

constexpr auto page_patience = std::chrono::seconds(5);
constexpr std::int64_t entries_a_page = 500;

error is_away(const data_holder& by, const context& ctx, const error& cause) {
    observe::log(
        observe::level::warn,
        "an export of personal data was given up",
        ctx.trace,
        {{"service", std::string("users")}, {"asked", by.service}, {"why", cause.detail}}
    );
    return fail(
        errc::unavailable,
        fmt::format("the {} service cannot say at the moment what it holds; try again later", by.service)
    );
}

}  // namespace

awaitable<result<std::string>> export_user::run(const context& ctx, std::int64_t user_id) {
    std::string document = fmt::format(R"({{"exportedAt":"{}","users":)", format_instant(now_us()));
    const auto own = co_await append_own(document, ctx, user_id);
    if (!own) co_return own.error();
    for (const auto& holder : holders_) {
        document += fmt::format(R"(,"{}":)", holder.service);
        const auto held = co_await append_held(document, holder, ctx, user_id);
        if (!held) co_return held.error();
    }
    document += '}';
    co_return document;
}

awaitable<result<void>> export_user::append_own(std::string& to, const context& ctx, std::int64_t user_id) {
    const auto account = co_await user_store::find(database_, user_id, ctx.until);
    if (!account) co_return fail(errc::not_found, "the token's user has no account any more");
    to += fmt::format(R"({{"account":{},"audit":[)", boost::json::serialize(to_admin_json(*account)));
    audit_filter about;
    about.subject_id = user_id;
    http::page where{entries_a_page, {}, {}};
    for (bool first = true, more = true; more;) {
        const auto page = co_await list_audit(database_, about, where, ctx.until);
        for (const auto& entry : page.entries) {
            if (!std::exchange(first, false)) to += ',';
            to += boost::json::serialize(to_json(entry));
        }
        if (const auto fits = check_size(to); !fits) co_return fits.error();
        more = !page.next_cursor.empty();
        if (more) where.after = {page.entries.back().at, page.entries.back().entry_id};
    }
    to += "]}";
    co_return result<void>();
}

awaitable<result<void>> export_user::append_held(
    std::string& to, const data_holder& by, const context& ctx, std::int64_t user_id
) {
    std::string cursor;
    do {
        auto asking = ctx;
        asking.until = std::min(ctx.until, deadline_in(page_patience));
        auto page = co_await by.read(asking, user_id, std::move(cursor));
        if (!page) co_return is_away(by, ctx, page.error());
        to += page->json;
        cursor = std::move(page->next_cursor);
        if (const auto fits = check_size(to); !fits) co_return fits.error();
    } while (!cursor.empty());
    co_return result<void>();
}

result<void> export_user::check_size(const std::string& document) const {
    if (document.size() <= max_bytes_) return {};
    return fail(
        errc::conflict,
        fmt::format("more is held than the {} bytes one export may have; ask the operator for it", max_bytes_)
    );
}

}  // namespace esm::users
