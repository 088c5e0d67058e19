// The picture that a job starts from: a mapped file, known by its content, its header checked against the
// limits before anything is decoded.
#pragma once

#include <stdexcept>
#include <string>
#include <vips/vips8>

#include "services/tasks/handlers/image_processing/job.hpp"
#include "services/tasks/handlers/image_processing/plan.hpp"

namespace esm::tasks::image_worker {

using image_processing::limits;
using image_processing::picture_format;

// The picture or what is asked of it is at fault; the text says how. Trying again does not help.
class refused : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

// Of width x height pixels and so many frames. Throws refused, naming `what` and the limit.
void check_size(
    std::string_view what, std::int64_t width, std::int64_t height, std::int64_t frames, const limits& within
);

// What libvips says went wrong since it was asked last, on one line.
std::string take_vips_error();

class source {
public:
    // Maps the file. Throws refused where it is empty, std::system_error where it cannot be read.
    explicit source(const std::string& path);
    ~source();
    source(const source&) = delete;
    source& operator=(const source&) = delete;

    std::int64_t bytes() const { return static_cast<std::int64_t>(size_); }
    // Whether its beginning is that of HEIF and AVIF files, without libvips.
    bool looks_like_heif() const;

    // After libvips was initialised. Throws refused.
    void read_header(const limits& within);

    picture_format format() const { return format_; }
    int width() const { return header_.width(); }
    int height() const { return page_height_; }
    int frames() const { return frames_; }
    // Of other formats only the first page is decoded.
    bool is_animated() const {
        return frames_ > 1 && (format_ == picture_format::gif || format_ == picture_format::webp);
    }
    bool has_colour_profile() const;

    // From its beginning, decoded from top to bottom while it is read; all frames below each other or the
    // first.
    vips::VImage load(bool all_frames) const;
    vips::VSource open() const;

private:
    const void* data_{nullptr};
    std::size_t size_{0};
    vips::VImage header_;
    picture_format format_{};
    int page_height_{0};
    int frames_{1};
};

}  // namespace esm::tasks::image_worker
