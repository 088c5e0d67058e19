// The route table of the task service, checked against contracts/openapi/tasks.yaml by a test.
#include "services/tasks/routes.hpp"

#include "services/tasks/files/content_http.hpp"

namespace esm::tasks {

namespace {

// Files are larger than other bodies, and read as they come.
http::route streamed(http::route row, std::int64_t max_bytes) {
    row.body_max_bytes = static_cast<std::size_t>(max_bytes);
    row.streams_body = true;
    return row;
}

std::vector<http::route> file_routes(route_deps& deps) {
    constexpr std::int64_t form_max_bytes = 64L * 1024;  // what a form adds to its file
    const auto file_max_bytes = deps.files.files.options().file_max_bytes;
    return {
        streamed(
            {"POST", "/api/v1/eventstreammonitor/files", "tasks:write", http::bind(post_file, deps.files)},
            file_max_bytes + form_max_bytes
        ),
        {"GET", "/api/v1/eventstreammonitor/files", "tasks:read", http::bind(get_files, deps.files)},
        {"GET", "/api/v1/eventstreammonitor/files/{id}", "tasks:read", http::bind(get_one_file, deps.files)},
        {"DELETE",
         "/api/v1/eventstreammonitor/files/{id}",
         "tasks:write",
         http::bind(delete_one_file, deps.files)},
        {"GET",
         "/api/v1/eventstreammonitor/files/{id}/content",
         "tasks:read",
         http::bind(get_content, deps.files)},
        {"POST",
         "/api/v1/eventstreammonitor/files/uploads",
         "tasks:write",
         http::bind(post_upload, deps.uploads)},
        {"GET",
         "/api/v1/eventstreammonitor/files/uploads/{id}",
         "tasks:read",
         http::bind(get_upload, deps.uploads)},
        streamed(
            {"PATCH",
             "/api/v1/eventstreammonitor/files/uploads/{id}",
             "tasks:write",
             http::bind(patch_upload, deps.uploads)},
            file_max_bytes
        ),
        {"DELETE",
         "/api/v1/eventstreammonitor/files/uploads/{id}",
         "tasks:write",
         http::bind(delete_upload, deps.uploads)},
        {"GET",
         "/api/v1/eventstreammonitor/tasks/{id}/artifacts",
         "tasks:read",
         http::bind(get_artifacts, deps.files)},
    };
}

}  // namespace

std::vector<http::route> route_table(route_deps& deps) {
    std::vector<http::route> table{
        {"POST", "/api/v1/eventstreammonitor/tasks", "tasks:write", http::bind(post_task, deps.creating)},
        {"GET", "/api/v1/eventstreammonitor/tasks", "tasks:read", http::bind(get_tasks, deps.listing)},
        {"GET", "/api/v1/eventstreammonitor/tasks/{id}", "tasks:read", http::bind(get_one_task, deps.reading)
        },
        {"PUT",
         "/api/v1/eventstreammonitor/tasks/{id}/cancel",
         "tasks:write",
         http::bind(put_cancel, deps.cancelling)},
        {"GET", "/api/v1/eventstreammonitor/task-types", "tasks:read", http::bind(get_task_types, deps.types)
        },
    };
    for (auto& each : file_routes(deps)) table.push_back(std::move(each));
    return table;
}

}  // namespace esm::tasks
