// See files_http.hpp.
#include "services/tasks/files/files_http.hpp"

#include "platform/http/cursor.hpp"
#include "platform/http/idempotency.hpp"
#include "services/tasks/access.hpp"
#include "services/tasks/files/artifacts.hpp"
#include "services/tasks/files/incoming_body.hpp"
#include "services/tasks/files/intake.hpp"

namespace esm::tasks {

namespace {

constexpr std::size_t cursor_keys = 2;

http::response created(const stored_file& made) {
    auto reply = http::json_text_reply(201, file_body(made));
    reply.headers.emplace_back("Location", file_path(made.id));
    reply.headers.emplace_back("ETag", etag_of(made));
    return reply;
}

// The key covers what was sent, which is not in memory: its digest stands for it.
http::request fingerprinted(const http::request& call, const stored_file& made) {
    http::request covered;
    covered.method = call.method;
    covered.path = call.path;
    covered.headers = call.headers;
    covered.ctx = call.ctx;
    covered.body = made.sha256 + made.name;
    return covered;
}

awaitable<result<http::response>> keep(
    vault& files, const http::request& call, intake& taken, stored_file made
) {
    made.user_id = call.ctx.caller->user_id;
    made.id = co_await files.next_file_id(call.ctx.until);
    bool kept = false;
    const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        kept = false;
        if (auto done = co_await taken.keep(tx, made); !done) co_return done.error();
        kept = true;
        co_return created(made);
    };
    auto reply = co_await http::run_once(files.database(), fingerprinted(call, made), write);
    if (!kept) co_await taken.drop(deadline_in(std::chrono::seconds(5)));
    co_return reply;
}

// What is wrong before a byte was read.
awaitable<result<void>> check_before(vault& files, const http::request& call) {
    const auto announced = static_cast<std::int64_t>(call.arriving->length().value_or(0));
    if (announced == 0) co_return result<void>{};
    const auto used = co_await file_rows::usage(files.database(), call.ctx.caller->user_id, call.ctx.until);
    const auto quota = files.options().user_max_bytes;
    if (used + announced > quota) co_return quota_used_up(quota);
    co_return result<void>{};
}

std::string page_body(const std::vector<stored_file>& files, std::int64_t limit, const std::string& cursor) {
    std::string body{"{\"files\":["};
    for (std::size_t i = 0; i < files.size(); ++i) {
        if (i > 0) body += ',';
        append_file(body, files[i]);
    }
    const auto next = cursor.empty() ? "null" : '"' + cursor + '"';
    body += fmt::format(
        "],\"pagination\":{{\"limit\":{},\"hasMore\":{},\"nextCursor\":{}}}}}", limit, !cursor.empty(), next
    );
    return body;
}

}  // namespace

std::string etag_of(const stored_file& shown) {
    return '"' + shown.sha256 + '"';
}

awaitable<result<http::response>> post_file(files_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {"name"}); !query) co_return query.error();
    if (call.ctx.caller->user_id == 0) co_return fail(errc::forbidden, "only users have files");
    auto opened = incoming_body::open(call);
    if (!opened) co_return opened.error();
    if (auto fits = co_await check_before(deps.files, call); !fits) co_return fits.error();
    const auto place = deps.files.begin_receiving();
    if (!place) co_return fail(errc::overloaded, "too many uploads are in flight; try again shortly");
    intake taken(deps.files);
    if (auto begun = co_await taken.begin(call.ctx.until); !begun) co_return begun.error();
    std::optional<error> problem;
    for (;;) {
        auto part = co_await opened->read();
        if (!part) problem = part.error();
        if (problem || part->empty()) break;
        if (auto added = co_await taken.append(std::move(*part)); !added) {
            problem = added.error();
            break;
        }
    }
    if (!problem) {
        auto made = co_await taken.finish(opened->name());
        if (made) co_return co_await keep(deps.files, call, taken, std::move(*made));
        problem = made.error();
    }
    co_await taken.drop(deadline_in(std::chrono::seconds(5)));
    co_return *problem;
}

awaitable<result<http::response>> get_files(files_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {"limit", "cursor"}); !query) co_return query.error();
    const auto user_id = call.ctx.caller->user_id;
    const auto filter = fmt::format("files of {}", user_id);
    const auto where = http::read_page(call, filter, cursor_keys);
    if (!where) co_return where.error();
    file_rows::place after;
    if (where->after.size() == cursor_keys) after = {where->after[0], where->after[1]};
    const auto limit = static_cast<std::size_t>(where->limit);
    auto found = co_await file_rows::list(deps.files.database(), user_id, after, limit + 1, call.ctx.until);
    std::string cursor;
    if (found.size() > limit) {
        found.resize(limit);
        cursor = http::make_cursor({found.back().created_at, found.back().id}, filter);
    }
    auto reply = http::json_text_reply(200, page_body(found, where->limit, cursor));
    http::add_next_link(reply, call, cursor);
    co_return reply;
}

awaitable<result<stored_file>> visible_file(files_http& deps, const http::request& call) {
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    auto found = co_await file_rows::find(deps.files.database(), *id, call.ctx.until);
    const auto visible = visible_user(*call.ctx.caller);
    if (!found || (visible && *visible != found->user_id)) co_return no_such_file(*id);
    co_return std::move(*found);
}

awaitable<result<http::response>> get_one_file(files_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto found = co_await visible_file(deps, call);
    if (!found) co_return found.error();
    auto reply = http::json_text_reply(200, file_body(*found));
    reply.headers.emplace_back("ETag", etag_of(*found));
    co_return reply;
}

awaitable<result<http::response>> delete_one_file(files_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto found = co_await visible_file(deps, call);
    if (!found) co_return found.error();
    const bool gone = co_await deps.files.database().transact(call.ctx.until, [&found](db::transaction& tx) {
        return file_rows::remove(tx, found->id);
    });
    if (!gone) co_return no_such_file(found->id);
    http::response reply;
    reply.status = 204;
    co_return reply;
}

awaitable<result<http::response>> get_artifacts(files_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    const auto task = co_await deps.reading.run(*id, visible_user(*call.ctx.caller), call.ctx.until);
    if (!task) co_return task.error();
    const auto found =
        co_await file_rows::artifacts(deps.files.database(), *id, artifacts_max, call.ctx.until);
    std::string body{"{\"artifacts\":["};
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (i > 0) body += ',';
        append_file(body, found[i]);
    }
    co_return http::json_text_reply(200, body + "]}");
}

}  // namespace esm::tasks
