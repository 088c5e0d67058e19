// See plan.hpp.
#include "services/tasks/handlers/image_processing/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "services/tasks/handlers/data/checked_object.hpp"

namespace esm::tasks::image_processing {

namespace {

namespace bj = boost::json;
using data::checked_object;

constexpr std::int64_t side_max_pixels = 65'535;  // of a JPEG; the configured limit may be lower
constexpr std::int64_t id_min = 1000;
constexpr std::size_t name_max_length = 128;
constexpr double angle_max_degrees = 360;
constexpr std::array<std::string_view, 5> step_names{"thumbnail", "resize", "crop", "rotate", "flip"};
constexpr std::array<std::string_view, 7> media_types{
    "image/jpeg", "image/png", "image/webp", "image/avif", "image/heif", "image/tiff", "image/gif"
};

std::optional<int> optional_side(checked_object& from, std::string_view name) {
    if (!from.member(name, false)) return std::nullopt;
    return static_cast<int>(from.integer(name, 1, side_max_pixels));
}

bool boolean(checked_object& from, std::string_view name, bool otherwise) {
    const auto* found = from.member(name, false);
    if (!found) return otherwise;
    if (found->is_bool()) return found->get_bool();
    from.reject(name, "wrong_type", "must be true or false");
    return otherwise;
}

position read_position(checked_object& from, std::string_view name) {
    return static_cast<position>(from.choice(name, false, {"centre", "attention", "entropy"}));
}

step read_thumbnail(checked_object& from) {
    from.only({"op", "width", "height", "crop"});
    thumbnail_step read;
    read.width = static_cast<int>(from.integer("width", 1, side_max_pixels));
    read.height = optional_side(from, "height").value_or(read.width);
    if (from.member("crop", false)) read.crop = read_position(from, "crop");
    return read;
}

step read_resize(checked_object& from) {
    from.only({"op", "width", "height", "mode", "enlarge"});
    resize_step read;
    read.width = optional_side(from, "width");
    read.height = optional_side(from, "height");
    read.mode = static_cast<resize_mode>(from.choice("mode", false, {"fit", "fill", "exact"}));
    read.enlarge = boolean(from, "enlarge", false);
    const bool needs_both = read.mode != resize_mode::fit;
    if (needs_both || !read.height) from.member("width", true);
    if (needs_both) from.member("height", true);
    return read;
}

step read_crop(checked_object& from) {
    from.only({"op", "width", "height", "left", "top", "position"});
    crop_step read;
    read.width = static_cast<int>(from.integer("width", 1, side_max_pixels));
    read.height = static_cast<int>(from.integer("height", 1, side_max_pixels));
    if (!from.member("left", false) && !from.member("top", false)) {
        read.keep = read_position(from, "position");
        return read;
    }
    read.left = static_cast<int>(from.integer("left", 0, side_max_pixels));
    read.top = static_cast<int>(from.integer("top", 0, side_max_pixels));
    if (from.member("position", false)) {
        from.reject("position", "not_allowed", "does not go with left and top");
    }
    return read;
}

step read_rotate(checked_object& from) {
    from.only({"op", "angle"});
    rotate_step read;
    const auto* angle = from.member("angle", true);
    if (!angle) return read;
    read.angle = angle->is_number() ? angle->to_number<double>() : angle_max_degrees + 1;
    if (!(std::abs(read.angle) <= angle_max_degrees)) {
        from.reject("angle", "out_of_range", "must be a number of degrees from -360 to 360");
    }
    return read;
}

step read_flip(checked_object& from) {
    from.only({"op", "direction"});
    return flip_step{static_cast<flip_direction>(from.choice("direction", true, {"horizontal", "vertical"}))};
}

step read_step(checked_object& from, std::string_view op) {
    if (op == "thumbnail") return read_thumbnail(from);
    if (op == "resize") return read_resize(from);
    if (op == "crop") return read_crop(from);
    if (op == "rotate") return read_rotate(from);
    return read_flip(from);
}

std::vector<step> read_steps(checked_object& from) {
    std::vector<step> read;
    const auto* items = from.array("steps", false, 0, steps_max);
    for (std::size_t i = 0; items && i < items->size(); ++i) {
        const auto at = fmt::format("{}/{}", from.pointer_to("steps"), i);
        if (!(*items)[i].is_object()) {
            from.problems().push_back({at, "wrong_type", "must be an object"});
            continue;
        }
        checked_object each((*items)[i].get_object(), at, from.problems());
        const auto* op = each.member("op", true);
        const std::string_view name = op && op->is_string() ? std::string_view(op->get_string()) : "";
        if (std::find(step_names.begin(), step_names.end(), name) != step_names.end()) {
            read.push_back(read_step(each, name));
        } else if (op) {
            each.reject("op", "not_allowed", "must be one of thumbnail, resize, crop, rotate, flip");
        }
    }
    return read;
}

// "#rrggbb"
std::array<double, 3> read_colour(
    checked_object& from, std::string_view name, std::array<double, 3> otherwise
) {
    const auto* found = from.member(name, false);
    if (!found) return otherwise;
    const std::string_view text = found->is_string() ? std::string_view(found->get_string()) : "";
    const auto is_digit = [](char each) { return std::isxdigit(static_cast<unsigned char>(each)) != 0; };
    if (text.size() != 7 || text[0] != '#' || !std::all_of(text.begin() + 1, text.end(), is_digit)) {
        from.reject(name, "pattern", "must be a colour such as #ffffff");
        return otherwise;
    }
    const auto part = [text](std::size_t at) {
        return static_cast<double>(std::stoi(std::string(text.substr(at, 2)), nullptr, 16));
    };
    return {part(1), part(3), part(5)};
}

bool is_artifact_name(std::string_view name) {
    const auto is_letter = [](unsigned char each) { return each < 128 && std::isalnum(each) != 0; };
    return !name.empty() && name.size() <= name_max_length &&
           is_letter(static_cast<unsigned char>(name[0])) &&
           std::all_of(name.begin(), name.end(), [&](char each) {
               return is_letter(static_cast<unsigned char>(each)) || each == '.' || each == '_' ||
                      each == '-';
           });
}

void check_encoding(checked_object& from, const output& read) {
    using enum picture_format;
    const auto has = [&read](std::initializer_list<picture_format> formats) {
        return read.format && std::find(formats.begin(), formats.end(), *read.format) != formats.end();
    };
    if (from.member("quality", false) && !has({jpeg, webp, avif, heif})) {
        from.reject("quality", "not_allowed", "goes with the formats jpeg, webp, avif and heif only");
    } else if (read.quality && read.lossless) {
        from.reject("quality", "not_allowed", "does not go with lossless");
    }
    if (from.member("lossless", false) && !has({webp, avif, heif})) {
        from.reject("lossless", "not_allowed", "goes with the formats webp, avif and heif only");
    }
}

output read_output(checked_object& from) {
    from.only({"name", "steps", "format", "quality", "lossless", "background", "metadata", "animated"});
    output read;
    read.name = from.text("name", true, name_max_length);
    if (!read.name.empty() && !is_artifact_name(read.name)) {
        from.reject(
            "name",
            "pattern",
            "must be 1 to 128 letters, digits, dots, underscores and hyphens, first a letter or digit"
        );
    }
    read.steps = read_steps(from);
    if (from.member("format", false)) {
        read.format = static_cast<picture_format>(
            from.choice("format", false, {"jpeg", "png", "webp", "avif", "heif", "tiff", "gif"})
        );
    }
    if (from.member("quality", false)) read.quality = static_cast<int>(from.integer("quality", 1, 100));
    read.lossless = boolean(from, "lossless", false);
    check_encoding(from, read);
    read.background = read_colour(from, "background", read.background);
    read.keep_metadata = from.choice("metadata", false, {"strip", "keep"}) == 1;
    read.animated = boolean(from, "animated", true);
    return read;
}

file_reference read_source(checked_object& from) {
    file_reference read;
    const auto* given = from.member("source", true);
    if (!given) return read;
    if (!given->is_object()) {
        from.reject("source", "wrong_type", "must be an object");
        return read;
    }
    checked_object source(given->get_object(), from.pointer_to("source"), from.problems());
    constexpr auto id_max = std::numeric_limits<std::int64_t>::max();
    if (source.member("fileId", false)) {
        source.only({"fileId"});
        read.file_id = source.integer("fileId", id_min, id_max);
        return read;
    }
    source.only({"fileId", "taskId", "artifact"});
    if (!source.member("taskId", false) && !source.member("artifact", false)) {
        from.reject("source", "required", "must have a fileId, or a taskId and an artifact");
        return read;
    }
    read.task_id = source.integer("taskId", id_min, id_max);
    read.artifact = source.text("artifact", true, name_max_length);
    return read;
}

}  // namespace

std::string_view name_of(picture_format given) {
    return format_names[static_cast<std::size_t>(given)];
}
std::string_view media_type_of(picture_format given) {
    return media_types[static_cast<std::size_t>(given)];
}
std::optional<picture_format> format_named(std::string_view name) {
    const auto at = std::find(format_names.begin(), format_names.end(), name);
    if (at == format_names.end()) return std::nullopt;
    return static_cast<picture_format>(at - format_names.begin());
}
std::string_view name_of(const step& given) {
    return step_names[given.index()];
}

plan read_plan(const bj::object& parameters, std::vector<field_error>& problems) {
    checked_object from(parameters, "", problems);
    from.only({"source", "autorotate", "outputs"});
    plan read;
    read.source = read_source(from);
    read.autorotate = boolean(from, "autorotate", true);
    std::set<std::string> names;
    const auto* items = from.array("outputs", true, 1, outputs_max);
    for (std::size_t i = 0; items && i < items->size(); ++i) {
        const auto at = fmt::format("{}/{}", from.pointer_to("outputs"), i);
        if (!(*items)[i].is_object()) {
            problems.push_back({at, "wrong_type", "must be an object"});
            continue;
        }
        checked_object each((*items)[i].get_object(), at, problems);
        read.outputs.push_back(read_output(each));
        if (!names.insert(read.outputs.back().name).second) {
            each.reject("name", "duplicate", "another output has this name");
        }
    }
    return read;
}

}  // namespace esm::tasks::image_processing
