// The steps of one output over a picture. Lazy: pixels flow from the decoder through all steps into the
// encoder, top to bottom, and are held in memory as a whole only before a step that needs them in another
// order.
#pragma once

#include <vector>
#include <vips/vips8>

#include "services/tasks/image_worker/progress.hpp"
#include "services/tasks/image_worker/source.hpp"

namespace esm::tasks::image_worker {

class pipeline {
public:
    // All must outlive it.
    pipeline(const source& from, const image_processing::plan& todo, const limits& within, progress& shown)
        : from_(from), todo_(todo), within_(within), progress_(shown) {}

    // The frames of the output, one for a still picture. Throws refused, naming the step, and vips::VError.
    std::vector<vips::VImage> run(const image_processing::output& wanted, picture_format format);

private:
    void load(bool animated);
    bool load_thumbnail(const image_processing::output& wanted);
    void split_frames(vips::VImage all);
    // Allows the next step to read pixels in any order.
    void hold_in_memory();
    void check_sides(int width, int height) const;

    void apply(const image_processing::thumbnail_step& step);
    void apply(const image_processing::resize_step& step);
    void apply(const image_processing::crop_step& step);
    void apply(const image_processing::rotate_step& step);
    void apply(const image_processing::flip_step& step);

    // With mode fill, `keep` says what stays.
    void resize(const image_processing::resize_step& step, image_processing::position keep);
    void scale(double horizontal, double vertical);
    void cut(int width, int height, image_processing::position keep);

    int width() const { return frames_.front().width(); }
    int height() const { return frames_.front().height(); }

    const source& from_;
    const image_processing::plan& todo_;
    const limits& within_;
    progress& progress_;
    std::vector<vips::VImage> frames_;
    bool in_memory_{false};
    std::array<double, 3> background_{};
};

}  // namespace esm::tasks::image_worker
