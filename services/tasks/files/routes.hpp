// The routes of files, uploads and artifacts: rows of the service's table.
#pragma once

#include <vector>

#include "platform/http/router.hpp"
#include "services/tasks/files/files_http.hpp"
#include "services/tasks/files/uploads_http.hpp"

namespace esm::tasks {

// `files` and `uploads` must outlive the server.
std::vector<http::route> file_routes(files_http& files, uploads_http& uploads);

}  // namespace esm::tasks
