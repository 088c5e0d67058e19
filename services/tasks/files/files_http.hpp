// POST and GET /files, GET and DELETE /files/{id}, GET /tasks/{id}/artifacts.
#pragma once

#include "platform/http/message.hpp"
#include "services/tasks/files/vault.hpp"
#include "services/tasks/get_task.hpp"

namespace esm::tasks {

struct files_http {
    vault& files;
    get_task& reading;
};

// The body is the file itself, or a form with the file as one of its parts. An Idempotency-Key covers its
// name and content.
awaitable<result<http::response>> post_file(files_http& deps, http::request& call);
awaitable<result<http::response>> get_files(files_http& deps, http::request& call);
awaitable<result<http::response>> get_one_file(files_http& deps, http::request& call);
awaitable<result<http::response>> delete_one_file(files_http& deps, http::request& call);
awaitable<result<http::response>> get_artifacts(files_http& deps, http::request& call);

// The file that the path names, where the caller may see it.
awaitable<result<stored_file>> visible_file(files_http& deps, const http::request& call);

// Files never change, so their content names their version.
std::string etag_of(const stored_file& shown);

}  // namespace esm::tasks
