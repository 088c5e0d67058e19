// The task type file_upload: a file that the user gave, or one fetched from a URL, checked against what is
// expected of it (contracts/task_types/file_upload.json). What a URL brings becomes an artifact of the task.
#pragma once

#include <memory>

#include "platform/fetch/fetch.hpp"
#include "services/tasks/handlers/handler.hpp"

namespace esm::tasks::file_upload {

inline constexpr std::string_view type_name = "file_upload";

// `rules`: where URLs may lead. `file_max_bytes`: the largest file that is fetched.
std::unique_ptr<handler> make_handler(fetch::rules rules, std::int64_t file_max_bytes);

}  // namespace esm::tasks::file_upload
