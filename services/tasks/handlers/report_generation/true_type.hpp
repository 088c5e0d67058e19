// Which glyphs a glyph of a TrueType font is put together from (OpenType 1.9, table glyf, composite glyphs).
// libharu 2.3.0 embeds only the glyphs of the characters shown and some of their parts: a Vietnamese letter
// loses its base.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace esm::tasks::report_generation {

class true_type {
public:
    // Throws std::runtime_error that names the file when it cannot be read or is no TrueType font.
    explicit true_type(const std::filesystem::path& file);

    // The glyph and all its parts, those of parts too.
    std::vector<std::uint16_t> with_parts(std::uint16_t glyph) const;

private:
    struct table {
        std::size_t offset{0}, length{0};
    };

    table find_table(std::string_view tag) const;
    // 0 beyond the end, so that a broken font has no parts.
    std::uint16_t word(std::size_t at) const;
    std::uint32_t long_word(std::size_t at) const;
    std::size_t place_of(std::uint16_t glyph) const;
    void add_parts(std::uint16_t glyph, std::vector<std::uint16_t>& found) const;

    std::string bytes_;
    table glyphs_, places_;
    bool long_places_{false};
};

}  // namespace esm::tasks::report_generation
