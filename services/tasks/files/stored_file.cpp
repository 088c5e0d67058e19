// See stored_file.hpp.
#include "services/tasks/files/stored_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "platform/base/json_text.hpp"
#include "platform/base/utf8.hpp"

namespace esm::tasks {

bool is_file_name(std::string_view name) {
    if (name.empty() || name == "." || name == ".." || !is_utf8(name)) return false;
    if (count_characters(name) > file_name_max_length) return false;
    return std::none_of(name.begin(), name.end(), [](char each) {
        return each == '/' || each == '\\' || static_cast<unsigned char>(each) < 0x20 || each == 0x7f;
    });
}

bool is_sha256(std::string_view text) {
    constexpr std::size_t digits = 64;
    return text.size() == digits && std::all_of(text.begin(), text.end(), [](char each) {
               return (each >= '0' && each <= '9') || (each >= 'a' && each <= 'f');
           });
}

std::string file_path(std::int64_t id) {
    return fmt::format("/api/v1/eventstreammonitor/files/{}", id);
}

void append_file(std::string& out, const stored_file& shown) {
    auto to = std::back_inserter(out);
    fmt::format_to(to, R"({{"fileId":{},"userId":{},"taskId":)", shown.id, shown.user_id);
    if (shown.task_id) {
        fmt::format_to(to, "{}", *shown.task_id);
    } else {
        out += "null";
    }
    out += ",\"name\":";
    json::append_string(out, shown.name);
    out += ",\"mediaType\":";
    json::append_string(out, shown.media_type);
    fmt::format_to(
        to,
        R"(,"bytes":{},"sha256":"{}","createdAt":"{}","expiresAt":"{}"}})",
        shown.bytes,
        shown.sha256,
        format_instant(shown.created_at),
        format_instant(shown.expires_at)
    );
}

std::string file_body(const stored_file& shown) {
    std::string body{"{\"file\":"};
    append_file(body, shown);
    body += '}';
    return body;
}

error no_such_file(std::int64_t id) {
    return fail(errc::not_found, fmt::format("no file has id {}", id));
}

error quota_used_up(std::int64_t quota_bytes) {
    return fail(
        errc::quota_exceeded,
        fmt::format("with it your files would be more than {} bytes: delete some", quota_bytes)
    );
}

}  // namespace esm::tasks
