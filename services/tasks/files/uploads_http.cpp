// See uploads_http.hpp.
#include "services/tasks/files/uploads_http.hpp"

#include <charconv>
#include <iterator>

#include "platform/base/json_decoder.hpp"
#include "platform/base/json_text.hpp"
#include "platform/http/cursor.hpp"
#include "platform/http/idempotency.hpp"

namespace esm::tasks {

namespace {

std::string upload_body(const upload& shown) {
    std::string body;
    auto to = std::back_inserter(body);
    fmt::format_to(to, R"({{"upload":{{"uploadId":{},"name":)", shown.id);
    json::append_string(body, shown.name);
    fmt::format_to(to, R"(,"bytes":{},"offset":{},"sha256":)", shown.bytes, shown.received);
    body += shown.sha256 ? '"' + *shown.sha256 + '"' : "null";
    body += ",\"fileId\":";
    body += shown.file_id ? std::to_string(*shown.file_id) : "null";
    fmt::format_to(
        to,
        R"(,"createdAt":"{}","expiresAt":"{}"}}}})",
        format_instant(shown.created_at),
        format_instant(shown.expires_at)
    );
    return body;
}

http::response upload_reply(unsigned status, const upload& shown) {
    auto reply = http::json_text_reply(status, upload_body(shown));
    reply.headers.emplace_back("Upload-Offset", std::to_string(shown.received));
    reply.headers.emplace_back("Upload-Length", std::to_string(shown.bytes));
    reply.headers.emplace_back("ETag", http::etag(shown.received));
    return reply;
}

result<new_upload> decode(const http::request& call, std::int64_t file_max_bytes) {
    const auto body = http::json_body(call);
    if (!body) return body.error();
    json::decoder from(*body);
    new_upload given;
    given.user_id = call.ctx.caller->user_id;
    given.name = from.text("name", {1, file_name_max_length});
    given.bytes = from.integer("bytes", 0, file_max_bytes);
    given.sha256 = from.optional_text("sha256", {64, 64});
    if (!from.rejected() && !is_file_name(given.name)) {
        from.reject("name", "pattern", "must have no control characters and slashes");
    }
    if (!from.rejected() && given.sha256 && !is_sha256(*given.sha256)) {
        from.reject("sha256", "pattern", "must be 64 lower-case hexadecimal digits");
    }
    if (auto refused = from.finish()) return std::move(*refused);
    return given;
}

// The caller's own alone.
awaitable<result<upload>> own_upload(vault& files, const http::request& call) {
    const auto id = http::path_id(call, "id");
    if (!id) co_return id.error();
    auto found = co_await file_rows::find_upload(files.database(), *id, call.ctx.until);
    if (!found || found->user_id != call.ctx.caller->user_id) co_return no_such_upload(*id);
    co_return std::move(*found);
}

result<std::int64_t> read_offset(const http::request& call) {
    const auto text = call.header("upload-offset");
    std::int64_t offset = -1;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), offset);
    if (failed == std::errc{} && end == text.data() + text.size() && offset >= 0) return offset;
    auto refused = fail(errc::malformed_request, "Upload-Offset must say where the body begins");
    refused.fields.push_back({"Upload-Offset", "required", "must be a whole number from 0 on"});
    return refused;
}

// Reads the body to its end or to its failure; nothing where all went well.
awaitable<std::optional<error>> take_body(upload_append& into, http::request& call) {
    for (;;) {
        auto part = co_await call.arriving->read();
        if (!part) co_return part.error();
        if (part->empty()) co_return std::nullopt;
        if (auto added = co_await into.append(std::move(*part)); !added) co_return added.error();
    }
}

}  // namespace

awaitable<result<http::response>> post_upload(uploads_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    if (call.ctx.caller->user_id == 0) co_return fail(errc::forbidden, "only users have files");
    auto given = decode(call, deps.files.options().file_max_bytes);
    if (!given) co_return given.error();
    const auto draft = co_await upload_draft::make(deps.files, std::move(*given), call.ctx.until);
    if (!draft) co_return draft.error();
    auto reply = upload_reply(201, draft->made());
    reply.headers.emplace_back(
        "Location", fmt::format("/api/v1/eventstreammonitor/files/uploads/{}", draft->made().id)
    );
    const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        if (auto written = co_await draft->write(tx); !written) co_return written.error();
        co_return reply;
    };
    co_return co_await http::run_once(deps.files.database(), call, write);
}

awaitable<result<http::response>> get_upload(uploads_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto found = co_await own_upload(deps.files, call);
    if (!found) co_return found.error();
    co_return upload_reply(200, *found);
}

awaitable<result<http::response>> patch_upload(uploads_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    auto found = co_await own_upload(deps.files, call);
    if (!found) co_return found.error();
    const auto offset = read_offset(call);
    if (!offset) co_return offset.error();
    const auto announced = static_cast<std::int64_t>(call.arriving->length().value_or(0));
    if (announced > found->bytes - std::min(*offset, found->bytes)) {
        co_return fail(
            errc::payload_too_large, fmt::format("the upload was announced with {} bytes", found->bytes)
        );
    }
    const auto place = deps.files.begin_receiving();
    if (!place) co_return fail(errc::overloaded, "too many uploads are in flight; try again shortly");
    upload_append appending(deps.files);
    if (auto begun = co_await appending.begin(std::move(*found), *offset, call.ctx.until); !begun) {
        co_return begun.error();
    }
    const auto problem = co_await take_body(appending, call);
    const auto ended = co_await appending.end(!problem);
    if (problem) co_return *problem;
    if (!ended) co_return ended.error();
    co_return upload_reply(200, appending.current());
}

awaitable<result<http::response>> delete_upload(uploads_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto found = co_await own_upload(deps.files, call);
    if (!found) co_return found.error();
    if (auto gone = co_await remove_upload(deps.files, *found, call.ctx.until); !gone) co_return gone.error();
    http::response reply;
    reply.status = 204;
    co_return reply;
}

}  // namespace esm::tasks
