// A file of a user as the service knows it: given by the user, or made by a task. Never changed once it is
// there.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"

namespace esm::tasks {

struct stored_file {
    std::int64_t id{0};
    std::int64_t user_id{0};
    std::optional<std::int64_t> task_id;  // an artifact's
    std::string name;
    std::string media_type;
    std::int64_t bytes{0};
    std::string sha256;
    std::string store_key;
    instant_us created_at{0};
    instant_us expires_at{0};
};

inline constexpr std::size_t file_name_max_length = 255;

// 1 to 255 characters without control characters, slashes and backslashes; neither "." nor "..".
bool is_file_name(std::string_view name);

// 64 lower-case hexadecimal digits.
bool is_sha256(std::string_view text);

// What a file counts for against its user's quota: its bytes, and a little for being there.
inline std::int64_t charged_bytes(std::int64_t bytes) {
    constexpr std::int64_t each = 4096;
    return bytes + each;
}

std::string file_path(std::int64_t id);

void append_file(std::string& out, const stored_file& shown);
// {"file":{…}}
std::string file_body(const stored_file& shown);

// Also for a file of somebody else: whether it exists is not the caller's to know.
error no_such_file(std::int64_t id);
error quota_used_up(std::int64_t quota_bytes);

}  // namespace esm::tasks
