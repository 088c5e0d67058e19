// GET /files/{id}/content: the bytes, whole or a range of them, streamed from the store.
#pragma once

#include "services/tasks/files/files_http.hpp"

namespace esm::tasks {

awaitable<result<http::response>> get_content(files_http& deps, http::request& call);

// RFC 9110 section 14.1.2: what `range` asks of `bytes` bytes.
struct byte_range {
    std::uint64_t first{0}, count{0};
};
enum class range_kind : std::uint8_t { whole, part, unsatisfiable };
// Several ranges, and what is no range of bytes, are answered whole, as a server may.
range_kind read_range(std::string_view range, std::uint64_t bytes, byte_range& asked);

// attachment, with the name for old clients and for new ones (RFC 6266, RFC 8187).
std::string content_disposition(std::string_view name);

}  // namespace esm::tasks
