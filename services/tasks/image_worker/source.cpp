// See source.hpp.
#include "services/tasks/image_worker/source.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <system_error>

namespace esm::tasks::image_worker {

namespace {

using vips::VError;
using vips::VImage;
using vips::VSource;

constexpr std::size_t shown_beginning_bytes = 12;

struct loader {
    std::string_view name;  // what the class that libvips chose begins with
    picture_format format;
};
constexpr std::array<loader, 6> loaders{{
    {"VipsForeignLoadJpeg", picture_format::jpeg},
    {"VipsForeignLoadPng", picture_format::png},
    {"VipsForeignLoadWebp", picture_format::webp},
    {"VipsForeignLoadNsgif", picture_format::gif},
    {"VipsForeignLoadTiff", picture_format::tiff},
    {"VipsForeignLoadHeif", picture_format::heif},
}};

std::string beginning_of(std::string_view content) {
    std::string shown(content.substr(0, shown_beginning_bytes));
    for (auto& each : shown) {
        if (each < ' ' || each > '~' || each == '"') each = '.';
    }
    return shown;
}

int number_in(const VImage& from, const char* name, int otherwise) {
    return from.get_typeof(name) == G_TYPE_INT ? from.get_int(name) : otherwise;
}

}  // namespace

void check_size(
    std::string_view what, std::int64_t width, std::int64_t height, std::int64_t frames, const limits& within
) {
    if (width > within.side_max_pixels || height > within.side_max_pixels) {
        throw refused(fmt::format(
            "{} has {} x {} pixels; a side may have {} (tasks.image_side_max_pixels)",
            what,
            width,
            height,
            within.side_max_pixels
        ));
    }
    if (width * height * frames > within.pixels_max) {
        throw refused(fmt::format(
            "{} has {} x {} pixels in {} frame(s), {} together; it may have {} (tasks.image_pixels_max)",
            what,
            width,
            height,
            frames,
            width * height * frames,
            within.pixels_max
        ));
    }
}

std::string take_vips_error() {
    std::string text(vips_error_buffer());
    vips_error_clear();
    while (!text.empty() && text.back() == '\n') text.pop_back();
    for (auto at = text.find('\n'); at != std::string::npos; at = text.find('\n', at))
        text.replace(at, 1, "; ");
    return text;
}

source::source(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about{};
    if (file < 0 || ::fstat(file, &about) != 0) {
        throw std::system_error(errno, std::generic_category(), "the source cannot be opened");
    }
    size_ = static_cast<std::size_t>(about.st_size);
    void* mapped = size_ == 0 ? nullptr : ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
    ::close(file);
    if (size_ == 0) throw refused("the source is empty");
    if (mapped == MAP_FAILED) {
        throw std::system_error(errno, std::generic_category(), "the source cannot be mapped");
    }
    data_ = mapped;
}

source::~source() {
    ::munmap(const_cast<void*>(data_), size_);
}

bool source::looks_like_heif() const {
    const std::string_view content(static_cast<const char*>(data_), size_);
    return content.substr(0, 12).substr(std::min<std::size_t>(size_, 4), 4) == "ftyp";
}

VSource source::open() const {
    return VSource::new_from_memory(data_, size_);
}

void source::read_header(const limits& within) {
    const auto opened = open();
    const char* chosen = vips_foreign_find_load_source(opened.get_source());
    const auto known = std::find_if(loaders.begin(), loaders.end(), [chosen](const loader& each) {
        return chosen && std::string_view(chosen).starts_with(each.name);
    });
    if (known == loaders.end()) {
        vips_error_clear();
        const std::string_view content(static_cast<const char*>(data_), size_);
        throw refused(fmt::format(
            "the source is no picture that is read here (jpeg, png, webp, gif, tiff, heif, avif): it begins "
            "with "
            "\"{}\"",
            beginning_of(content)
        ));
    }
    format_ = known->format;
    try {
        header_ = load(false);
    } catch (const VError&) {
        throw refused(fmt::format(
            "the source is no {} that can be read: {}", image_processing::name_of(format_), take_vips_error()
        ));
    }
    if (header_.get_typeof("heif-compression") != 0 &&
        std::string_view(header_.get_string("heif-compression")) == "av1") {
        format_ = picture_format::avif;
    }
    frames_ = std::max(1, number_in(header_, "n-pages", 1));
    page_height_ = header_.height();
    if (frames_ > within.frames_max) {
        throw refused(fmt::format(
            "the source has {} frames or pages; it may have {} (tasks.image_frames_max)",
            frames_,
            within.frames_max
        ));
    }
    check_size("the source", width(), height(), is_animated() ? frames_ : 1, within);
}

bool source::has_colour_profile() const {
    return header_.get_typeof(VIPS_META_ICC_NAME) != 0;
}

VImage source::load(bool all_frames) const {
    auto* settings =
        VImage::option()->set("access", VIPS_ACCESS_SEQUENTIAL)->set("fail_on", VIPS_FAIL_ON_ERROR);
    if (all_frames) settings->set("n", -1);
    return VImage::new_from_source(open(), "", settings);
}

}  // namespace esm::tasks::image_worker
