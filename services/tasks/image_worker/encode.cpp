// See encode.hpp.
#include "services/tasks/image_worker/encode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

namespace esm::tasks::image_worker {

namespace {

using image_processing::output;
using vips::VError;
using vips::VImage;
using vips::VOption;
using vips::VTarget;

constexpr int quality_default = 80;
constexpr int quality_of_av1_and_hevc_default = 50;

// Without its profile a picture's numbers mean sRGB.
VImage in_standard_colours(const VImage& from) {
    if (from.get_typeof(VIPS_META_ICC_NAME) != 0) {
        try {
            return from.icc_transform(
                "srgb", VImage::option()->set("embedded", true)->set("intent", VIPS_INTENT_RELATIVE)
            );
        } catch (const VError&) {
            // A profile that is broken or of another kind of picture says nothing about the colours.
            vips_error_clear();
        }
    }
    return from.interpretation() == VIPS_INTERPRETATION_CMYK ? from.colourspace(VIPS_INTERPRETATION_sRGB)
                                                             : from;
}

// Without all that is attached to the picture but how it moves: the option of the encoders does not suffice,
// since libvips' WebP writer keeps everything in spite of it (libvips/libvips#3340).
VImage bare(const VImage& from) {
    static constexpr std::array<std::string_view, 3> kept{VIPS_META_PAGE_HEIGHT, "delay", "loop"};
    auto changed = from.copy();
    const std::unique_ptr<gchar*, decltype(&g_strfreev)> names(
        vips_image_get_fields(from.get_image()), g_strfreev
    );
    for (auto* each = names.get(); *each; ++each) {
        if (std::find(kept.begin(), kept.end(), *each) == kept.end()) changed.remove(*each);
    }
    return changed;
}

VImage joined(std::vector<VImage> frames) {
    if (frames.size() == 1) return std::move(frames.front());
    const int height = frames.front().height();
    auto all = VImage::arrayjoin(frames, VImage::option()->set("across", 1)).copy();
    all.set(VIPS_META_PAGE_HEIGHT, height);
    return all;
}

void require_writer(const char* operation, picture_format format) {
    if (vips_type_find("VipsOperation", operation) != 0) return;
    throw cannot_write(fmt::format("libvips here cannot write {}", image_processing::name_of(format)));
}

void write_heif(
    const VImage& picture, VTarget target, VOption* settings, const output& wanted, bool is_avif
) {
    settings
        ->set("compression", is_avif ? VIPS_FOREIGN_HEIF_COMPRESSION_AV1 : VIPS_FOREIGN_HEIF_COMPRESSION_HEVC)
        ->set("Q", wanted.quality.value_or(quality_of_av1_and_hevc_default))
        ->set("lossless", wanted.lossless);
    picture.heifsave_target(std::move(target), settings);
}

void write(const VImage& picture, const output& wanted, picture_format format, VTarget target) {
    auto* settings = VImage::option()->set("strip", !wanted.keep_metadata);
    const int quality = wanted.quality.value_or(quality_default);
    switch (format) {
        case picture_format::jpeg: {
            const auto& below = wanted.background;
            settings->set("Q", quality)->set("background", std::vector<double>(below.begin(), below.end()));
            return picture.jpegsave_target(std::move(target), settings);
        }
        case picture_format::png:
            return picture.pngsave_target(std::move(target), settings);
        case picture_format::webp:
            settings->set("Q", quality)->set("lossless", wanted.lossless);
            return picture.webpsave_target(std::move(target), settings);
        case picture_format::tiff:
            settings->set("compression", VIPS_FOREIGN_TIFF_COMPRESSION_DEFLATE);
            return picture.tiffsave_target(std::move(target), settings);
        case picture_format::gif:
            return picture.gifsave_target(std::move(target), settings);
        case picture_format::avif:
            return write_heif(picture, std::move(target), settings, wanted, true);
        case picture_format::heif:
            return write_heif(picture, std::move(target), settings, wanted, false);
    }
}

const char* writer_of(picture_format format) {
    switch (format) {
        case picture_format::jpeg:
            return "jpegsave_target";
        case picture_format::png:
            return "pngsave_target";
        case picture_format::webp:
            return "webpsave_target";
        case picture_format::tiff:
            return "tiffsave_target";
        case picture_format::gif:
            return "gifsave_target";
        case picture_format::avif:
        case picture_format::heif:
            break;
    }
    return "heifsave_target";
}

}  // namespace

void encode(
    std::vector<VImage> frames, const output& wanted, picture_format format, int file, progress& shown
) {
    require_writer(writer_of(format), format);
    if (!wanted.keep_metadata) {
        for (auto& frame : frames) frame = in_standard_colours(frame);
    }
    auto picture = joined(std::move(frames));
    if (!wanted.keep_metadata) picture = bare(picture);
    shown.watch(picture, true);
    write(picture, wanted, format, VTarget::new_to_descriptor(file));
}

}  // namespace esm::tasks::image_worker
