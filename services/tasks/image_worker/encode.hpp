// Writes a finished picture to an open file in its format.
#pragma once

#include <vector>
#include <vips/vips8>

#include "services/tasks/image_worker/progress.hpp"
#include "services/tasks/image_worker/source.hpp"

namespace esm::tasks::image_worker {

// The build's libvips cannot write a format; another build can.
class cannot_write : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Evaluates the whole pipeline. Throws cannot_write and vips::VError.
void encode(
    std::vector<vips::VImage> frames,
    const image_processing::output& wanted,
    picture_format format,
    int file,
    progress& shown
);

}  // namespace esm::tasks::image_worker
