// The parameters of image_processing, read and checked (contracts/task_types/image_processing.json): a
// picture and the outputs made from it. Read by the handler when a task is created and by esm-image when it
// runs.
#pragma once

#include <array>
#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform/base/result.hpp"
#include "services/tasks/handlers/work.hpp"

namespace esm::tasks::image_processing {

inline constexpr std::size_t outputs_max = 16;
inline constexpr std::size_t steps_max = 16;

enum class picture_format : std::uint8_t { jpeg, png, webp, avif, heif, tiff, gif };
inline constexpr std::array<std::string_view, 7> format_names{
    "jpeg", "png", "webp", "avif", "heif", "tiff", "gif"
};
std::string_view name_of(picture_format given);
std::string_view media_type_of(picture_format given);
std::optional<picture_format> format_named(std::string_view name);

// What stays where a picture is cut to a box.
enum class position : std::uint8_t { centre, attention, entropy };
enum class resize_mode : std::uint8_t { fit, fill, exact };
enum class flip_direction : std::uint8_t { horizontal, vertical };

// Within the box, shrunk while it is decoded; never larger than it was.
struct thumbnail_step {
    int width{0};
    int height{0};
    std::optional<position> crop;  // fills the box and cuts the rest
};

struct resize_step {
    std::optional<int> width;
    std::optional<int> height;
    resize_mode mode{resize_mode::fit};
    bool enlarge{false};
};

struct crop_step {
    int width{0};
    int height{0};
    std::optional<int> left;  // with top; else by position
    std::optional<int> top;
    position keep{position::centre};
};

struct rotate_step {
    double angle{0};  // degrees clockwise
};

struct flip_step {
    flip_direction direction{flip_direction::horizontal};
};

using step = std::variant<thumbnail_step, resize_step, crop_step, rotate_step, flip_step>;

struct output {
    std::string name;  // of the artifact
    std::vector<step> steps;
    std::optional<picture_format> format;  // else the source's
    std::optional<int> quality;
    bool lossless{false};
    std::array<double, 3> background{255, 255, 255};
    bool keep_metadata{false};
    bool animated{true};  // all frames where both formats have them
};

struct plan {
    file_reference source;
    bool autorotate{true};
    std::vector<output> outputs;
};

std::string_view name_of(const step& given);

// Adds what is wrong to `problems`; the plan may be run only where nothing was added.
plan read_plan(const boost::json::object& parameters, std::vector<field_error>& problems);

}  // namespace esm::tasks::image_processing
