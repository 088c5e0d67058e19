// See pipeline.hpp.
#include "services/tasks/image_worker/pipeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace esm::tasks::image_worker {

namespace {

using image_processing::crop_step;
using image_processing::flip_step;
using image_processing::output;
using image_processing::position;
using image_processing::resize_mode;
using image_processing::resize_step;
using image_processing::rotate_step;
using image_processing::thumbnail_step;
using vips::VImage;

constexpr double wide_colour = 257;  // of 16 bits, for each step of 8

VipsInteresting interest_of(position keep) {
    switch (keep) {
        case position::attention:
            return VIPS_INTERESTING_ATTENTION;
        case position::entropy:
            return VIPS_INTERESTING_ENTROPY;
        case position::centre:
            break;
    }
    return VIPS_INTERESTING_CENTRE;
}

// The colour in the bands of the picture.
std::vector<double> colour_for(const VImage& painted, const std::array<double, 3>& colour) {
    const auto kind = painted.interpretation();
    const bool is_wide = kind == VIPS_INTERPRETATION_RGB16 || kind == VIPS_INTERPRETATION_GREY16;
    const double scale = is_wide ? wide_colour : 1;
    const int colours = painted.bands() - (painted.has_alpha() ? 1 : 0);
    std::vector<double> bands;
    if (colours == 3) {
        for (const double each : colour) bands.push_back(each * scale);
    } else {
        // Rec. 709 luma
        const double grey = 0.2126 * colour[0] + 0.7152 * colour[1] + 0.0722 * colour[2];
        bands.assign(static_cast<std::size_t>(colours), grey * scale);
    }
    if (painted.has_alpha()) bands.push_back(255 * scale);
    return bands;
}

// Transparent pixels must not bleed their colour into others when pixels are mixed.
template <class Mix>
VImage mixed(const VImage& from, Mix mix) {
    if (!from.has_alpha()) return mix(from);
    return VImage(mix(from.premultiply())).unpremultiply().cast(from.format());
}

// Degrees from 0 to below 360.
double normal(double angle) {
    const double turned = std::fmod(angle, 360);
    return turned < 0 ? turned + 360 : turned;
}

}  // namespace

std::vector<VImage> pipeline::run(const output& wanted, picture_format format) {
    const bool takes_frames = format == picture_format::gif || format == picture_format::webp;
    const bool animated = wanted.animated && takes_frames && from_.is_animated();
    background_ = wanted.background;
    in_memory_ = false;
    frames_.clear();
    const bool shrunk = !animated && load_thumbnail(wanted);
    if (!shrunk) load(animated);
    for (std::size_t i = shrunk ? 1 : 0; i < wanted.steps.size(); ++i) {
        try {
            std::visit([this](const auto& each) { apply(each); }, wanted.steps[i]);
            check_sides(width(), height());
        } catch (const refused& why) {
            throw refused(fmt::format("step {} ({}): {}", i + 1, name_of(wanted.steps[i]), why.what()));
        }
    }
    return std::move(frames_);
}

// The fast way: where the first step makes a thumbnail, decoders shrink as they decode.
bool pipeline::load_thumbnail(const output& wanted) {
    const auto* first = wanted.steps.empty() ? nullptr : std::get_if<thumbnail_step>(&wanted.steps.front());
    if (!first) return false;
    auto* settings = VImage::option()
                         ->set("height", first->height)
                         ->set("size", VIPS_SIZE_DOWN)
                         ->set("no_rotate", !todo_.autorotate)
                         // Its own fail_on never reaches the decoder.
                         ->set("option_string", "[fail_on=error]");
    if (first->crop) settings->set("crop", interest_of(*first->crop));
    if (!wanted.keep_metadata && from_.has_colour_profile()) settings->set("export_profile", "srgb");
    frames_ = {VImage::thumbnail_source(from_.open(), first->width, settings)};
    return true;
}

void pipeline::load(bool animated) {
    auto loaded = from_.load(animated);
    if (animated) {
        split_frames(std::move(loaded));
    } else {
        frames_ = {std::move(loaded)};
    }
    if (!todo_.autorotate) return;
    const auto& first = frames_.front();
    const bool is_turned =
        first.get_typeof(VIPS_META_ORIENTATION) != 0 && first.get_int(VIPS_META_ORIENTATION) > 1;
    if (!is_turned) return;
    hold_in_memory();
    for (auto& frame : frames_) frame = frame.autorot();
}

void pipeline::split_frames(VImage all) {
    frames_ = {std::move(all)};
    hold_in_memory();
    const auto tall = frames_.front();
    frames_.clear();
    for (int i = 0; i < from_.frames(); ++i) {
        auto frame = tall.extract_area(0, i * from_.height(), tall.width(), from_.height()).copy();
        frame.remove(VIPS_META_PAGE_HEIGHT);
        frames_.push_back(std::move(frame));
    }
}

void pipeline::hold_in_memory() {
    if (in_memory_) return;
    for (auto& frame : frames_) {
        progress_.watch(frame, false);
        frame = frame.copy_memory();
    }
    in_memory_ = true;
}

void pipeline::check_sides(int width, int height) const {
    check_size("what it makes", width, height, static_cast<std::int64_t>(frames_.size()), within_);
}

void pipeline::apply(const thumbnail_step& step) {
    const auto mode = step.crop ? resize_mode::fill : resize_mode::fit;
    resize({step.width, step.height, mode, false}, step.crop.value_or(position::centre));
}

void pipeline::apply(const resize_step& step) {
    resize(step, position::centre);
}

void pipeline::resize(const resize_step& step, position keep) {
    double horizontal = step.width ? static_cast<double>(*step.width) / width() : 0;
    double vertical = step.height ? static_cast<double>(*step.height) / height() : 0;
    if (!step.width) horizontal = vertical;
    if (!step.height) vertical = horizontal;
    if (step.mode == resize_mode::fit) horizontal = vertical = std::min(horizontal, vertical);
    if (step.mode == resize_mode::fill) horizontal = vertical = std::max(horizontal, vertical);
    if (!step.enlarge) {
        horizontal = std::min(horizontal, 1.0);
        vertical = std::min(vertical, 1.0);
    }
    scale(horizontal, vertical);
    if (step.mode == resize_mode::fill) {
        cut(std::min(*step.width, width()), std::min(*step.height, height()), keep);
    }
}

void pipeline::scale(double horizontal, double vertical) {
    // A side never vanishes.
    horizontal = std::max(horizontal, 1.0 / width());
    vertical = std::max(vertical, 1.0 / height());
    if (horizontal == 1 && vertical == 1) return;
    check_size(
        "what it makes",
        std::llround(width() * horizontal),
        std::llround(height() * vertical),
        static_cast<std::int64_t>(frames_.size()),
        within_
    );
    for (auto& frame : frames_) {
        frame = mixed(frame, [&](const VImage& given) {
            return given.resize(horizontal, VImage::option()->set("vscale", vertical));
        });
    }
}

void pipeline::cut(int width, int height, position keep) {
    if (width == this->width() && height == this->height()) return;
    int left = (this->width() - width) / 2;
    int top = (this->height() - height) / 2;
    if (keep != position::centre) {
        hold_in_memory();
        // Where the first frame has it: the box must not jump about.
        const auto box =
            frames_.front().smartcrop(width, height, VImage::option()->set("interesting", interest_of(keep)));
        left = -box.xoffset();
        top = -box.yoffset();
    }
    for (auto& frame : frames_) frame = frame.extract_area(left, top, width, height);
}

void pipeline::apply(const crop_step& step) {
    const auto inside = [](int begin, int length, int whole) {
        return static_cast<std::int64_t>(begin) + length <= whole;
    };
    if (!inside(step.left.value_or(0), step.width, width()) ||
        !inside(step.top.value_or(0), step.height, height())) {
        const auto at = step.left ? fmt::format(" at {}, {}", *step.left, *step.top) : "";
        throw refused(fmt::format(
            "a box of {} x {}{} does not lie within the picture, which has {} x {} pixels there",
            step.width,
            step.height,
            at,
            width(),
            height()
        ));
    }
    if (!step.left) return cut(step.width, step.height, step.keep);
    for (auto& frame : frames_) frame = frame.extract_area(*step.left, *step.top, step.width, step.height);
}

void pipeline::apply(const rotate_step& step) {
    const double angle = normal(step.angle);
    if (angle == 0) return;
    hold_in_memory();
    const int quarters = static_cast<int>(angle / 90);
    const bool is_exact = angle == quarters * 90;
    if (is_exact) {
        constexpr std::array turns{VIPS_ANGLE_D0, VIPS_ANGLE_D90, VIPS_ANGLE_D180, VIPS_ANGLE_D270};
        for (auto& frame : frames_) frame = frame.rot(turns[static_cast<std::size_t>(quarters)]);
        return;
    }
    const auto mixing = vips::VInterpolate::new_from_name("bicubic");
    for (auto& frame : frames_) {
        // The background is in RGB; CMYK has none.
        if (frame.interpretation() == VIPS_INTERPRETATION_CMYK)
            frame = frame.colourspace(VIPS_INTERPRETATION_sRGB);
        frame = mixed(frame, [&](const VImage& given) {
            return given.rotate(
                angle,
                VImage::option()
                    ->set("background", colour_for(frame, background_))
                    ->set("interpolate", mixing)
            );
        });
    }
}

void pipeline::apply(const flip_step& step) {
    const bool is_vertical = step.direction == image_processing::flip_direction::vertical;
    if (is_vertical) hold_in_memory();
    const auto direction = is_vertical ? VIPS_DIRECTION_VERTICAL : VIPS_DIRECTION_HORIZONTAL;
    for (auto& frame : frames_) frame = frame.flip(direction);
}

}  // namespace esm::tasks::image_worker
