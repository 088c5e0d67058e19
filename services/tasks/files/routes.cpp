// See routes.hpp.
#include "services/tasks/files/routes.hpp"

#include "services/tasks/files/content_http.hpp"

namespace esm::tasks {

namespace {

// Files are larger than other bodies, and read as they come.
http::route streamed(http::route row, std::int64_t max_bytes) {
    row.body_max_bytes = static_cast<std::size_t>(max_bytes);
    row.streams_body = true;
    return row;
}

}  // namespace

std::vector<http::route> file_routes(files_http& files, uploads_http& uploads) {
    constexpr std::int64_t form_max_bytes = 64L * 1024;  // what a form adds to its file
    const auto file_max_bytes = files.files.options().file_max_bytes;
    return {
        streamed(
            {"POST", "/api/v1/eventstreammonitor/files", "tasks:write", http::bind(post_file, files)},
            file_max_bytes + form_max_bytes
        ),
        {"GET", "/api/v1/eventstreammonitor/files", "tasks:read", http::bind(get_files, files)},
        {"GET", "/api/v1/eventstreammonitor/files/{id}", "tasks:read", http::bind(get_one_file, files)},
        {"DELETE", "/api/v1/eventstreammonitor/files/{id}", "tasks:write", http::bind(delete_one_file, files)
        },
        {"GET", "/api/v1/eventstreammonitor/files/{id}/content", "tasks:read", http::bind(get_content, files)
        },
        {"POST", "/api/v1/eventstreammonitor/files/uploads", "tasks:write", http::bind(post_upload, uploads)},
        {"GET", "/api/v1/eventstreammonitor/files/uploads/{id}", "tasks:read", http::bind(get_upload, uploads)
        },
        streamed(
            {"PATCH",
             "/api/v1/eventstreammonitor/files/uploads/{id}",
             "tasks:write",
             http::bind(patch_upload, uploads)},
            file_max_bytes
        ),
        {"DELETE",
         "/api/v1/eventstreammonitor/files/uploads/{id}",
         "tasks:write",
         http::bind(delete_upload, uploads)},
        {"GET",
         "/api/v1/eventstreammonitor/tasks/{id}/artifacts",
         "tasks:read",
         http::bind(get_artifacts, files)},
    };
}

}  // namespace esm::tasks
