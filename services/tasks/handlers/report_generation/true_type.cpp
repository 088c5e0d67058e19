// See true_type.hpp.
#include "services/tasks/handlers/report_generation/true_type.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace esm::tasks::report_generation {

namespace {

constexpr std::uintmax_t file_max_bytes = 64UL * 1024 * 1024;
constexpr std::size_t parts_max = 64;  // of one glyph; a font whose parts go in circles ends here

// Flags of a part.
constexpr std::uint16_t words_follow = 0x0001;
constexpr std::uint16_t one_scale = 0x0008;
constexpr std::uint16_t more_parts = 0x0020;
constexpr std::uint16_t two_scales = 0x0040;
constexpr std::uint16_t matrix = 0x0080;

}  // namespace

true_type::true_type(const std::filesystem::path& file) {
    std::error_code failed;
    const auto size = std::filesystem::file_size(file, failed);
    std::ifstream from(file, std::ios::binary);
    if (failed || !from) throw std::runtime_error(fmt::format("the font {} cannot be read", file.string()));
    if (size > file_max_bytes) {
        throw std::runtime_error(
            fmt::format("the font {} has more than {} bytes", file.string(), file_max_bytes)
        );
    }
    bytes_.resize(size);
    from.read(bytes_.data(), static_cast<std::streamsize>(size));
    glyphs_ = find_table("glyf");
    places_ = find_table("loca");
    const auto head = find_table("head");
    if (!from || glyphs_.length == 0 || places_.length == 0 || head.length == 0) {
        throw std::runtime_error(
            fmt::format("{} is no TrueType font: it lacks the table glyf, loca or head", file.string())
        );
    }
    long_places_ = word(head.offset + 50) != 0;
}

std::vector<std::uint16_t> true_type::with_parts(std::uint16_t glyph) const {
    std::vector<std::uint16_t> found{glyph};
    for (std::size_t i = 0; i < found.size() && found.size() < parts_max; ++i) add_parts(found[i], found);
    return found;
}

void true_type::add_parts(std::uint16_t glyph, std::vector<std::uint16_t>& found) const {
    const auto begin = place_of(glyph);
    const auto end = place_of(static_cast<std::uint16_t>(glyph + 1));
    if (end <= begin || end > glyphs_.length) return;  // empty, such as a blank
    auto at = glyphs_.offset + begin;
    const bool composite = (word(at) & 0x8000U) != 0;
    if (!composite) return;
    at += 10;
    for (std::uint16_t flags = more_parts; (flags & more_parts) != 0 && found.size() < parts_max;) {
        flags = word(at);
        const auto part = word(at + 2);
        if (std::find(found.begin(), found.end(), part) == found.end()) found.push_back(part);
        at += 4 + ((flags & words_follow) != 0 ? 4 : 2);
        if ((flags & one_scale) != 0) at += 2;
        if ((flags & two_scales) != 0) at += 4;
        if ((flags & matrix) != 0) at += 8;
        if (at >= glyphs_.offset + end) return;
    }
}

std::size_t true_type::place_of(std::uint16_t glyph) const {
    if (long_places_) return long_word(places_.offset + 4UL * glyph);
    return 2UL * word(places_.offset + 2UL * glyph);
}

true_type::table true_type::find_table(std::string_view tag) const {
    const std::size_t count = word(4);
    for (std::size_t i = 0; i < count; ++i) {
        const auto at = 12 + i * 16;
        if (at + 16 > bytes_.size()) break;
        if (std::string_view(bytes_).substr(at, 4) != tag) continue;
        return {long_word(at + 8), long_word(at + 12)};
    }
    return {};
}

std::uint16_t true_type::word(std::size_t at) const {
    if (at + 2 > bytes_.size()) return 0;
    const auto byte = [this](std::size_t i) { return static_cast<unsigned char>(bytes_[i]); };
    return static_cast<std::uint16_t>(byte(at) << 8U | byte(at + 1));
}

std::uint32_t true_type::long_word(std::size_t at) const {
    return static_cast<std::uint32_t>(word(at)) << 16U | word(at + 2);
}

}  // namespace esm::tasks::report_generation
