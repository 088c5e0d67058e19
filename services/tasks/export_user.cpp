// See export_user.hpp. A cursor that begins with the mark below is one of the files, which follow the tasks.
#include "services/tasks/export_user.hpp"

#include "platform/http/cursor.hpp"
#include "services/tasks/export_tasks.hpp"
#include "services/tasks/files/file_rows.hpp"

namespace esm::tasks {

namespace {

constexpr char files_mark = '.';  // never in a cursor of tasks, which is base64url
constexpr std::size_t files_a_page_max = 500;
constexpr std::size_t cursor_keys = 2;

awaitable<result<personal_data::export_page>> export_files(
    db::database& source, std::int64_t user_id, std::string cursor, deadline until
) {
    const auto filter = fmt::format("export of files of user {}", user_id);
    file_rows::place after;
    if (!cursor.empty()) {
        http::request asked;
        asked.query.emplace_back("cursor", cursor);
        const auto page = http::read_page(asked, filter, cursor_keys);
        if (!page) co_return page.error();
        after = {page->after[0], page->after[1]};
    }
    const auto found = co_await file_rows::list(source, user_id, after, files_a_page_max, until);
    personal_data::export_page page;
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (i > 0 || !cursor.empty()) page.json += ',';
        append_file(page.json, found[i]);
    }
    if (found.size() == files_a_page_max) {
        const auto& last = found.back();
        page.next_cursor = files_mark + http::make_cursor({last.created_at, last.id}, filter);
    } else {
        page.json += "]}";
    }
    co_return page;
}

}  // namespace

awaitable<result<personal_data::export_page>> export_user(
    db::database& source, std::int64_t user_id, std::string cursor, deadline until
) {
    if (cursor.starts_with(files_mark)) {
        co_return co_await export_files(source, user_id, cursor.substr(1), until);
    }
    auto page = co_await export_tasks(source, user_id, std::move(cursor), until);
    if (!page || !page->next_cursor.empty()) co_return page;
    page->json.pop_back();  // the brace that closes the object
    page->json += ",\"files\":[";
    page->next_cursor = files_mark;
    co_return page;
}

}  // namespace esm::tasks
