// The task type image_processing: pictures resized, cropped, turned, converted
// (contracts/task_types/image_processing.json). The decoding of untrusted files happens in esm-image, a
// process of its own for each attempt; this one passes paths and lines, so its memory does not grow with a
// picture's.
#pragma once

#include <filesystem>
#include <memory>

#include "services/tasks/config.hpp"
#include "services/tasks/handlers/handler.hpp"
#include "services/tasks/handlers/image_processing/job.hpp"

namespace esm::tasks::image_processing {

inline constexpr std::string_view type_name = "image_processing";

struct options {
    std::filesystem::path worker;
    limits within;
};

// esm-image is looked for beside the running program where no other place is configured.
options read_options(const config& settings);

std::unique_ptr<handler> make_handler(options given);

}  // namespace esm::tasks::image_processing
