// POST /files/uploads, GET, PATCH and DELETE /files/uploads/{id}: uploads in several requests, as tus has
// them (tus.io, protocol 1.0.0) but for the version handshake.
#pragma once

#include "platform/http/message.hpp"
#include "services/tasks/files/upload_session.hpp"

namespace esm::tasks {

struct uploads_http {
    vault& files;
};

awaitable<result<http::response>> post_upload(uploads_http& deps, http::request& call);
awaitable<result<http::response>> get_upload(uploads_http& deps, http::request& call);
// The body begins at Upload-Offset; what of it has arrived is kept, also where the request ends early.
awaitable<result<http::response>> patch_upload(uploads_http& deps, http::request& call);
awaitable<result<http::response>> delete_upload(uploads_http& deps, http::request& call);

}  // namespace esm::tasks
