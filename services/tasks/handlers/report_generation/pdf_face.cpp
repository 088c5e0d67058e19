// See pdf_face.hpp.
#include "services/tasks/handlers/report_generation/pdf_face.hpp"

#include <fmt/format.h>
#include <hpdf_font.h>
#include <hpdf_fontdef.h>

#include <stdexcept>

namespace esm::tasks::report_generation {

namespace {

constexpr std::size_t characters = 0x10000;
constexpr std::int16_t lacking = -1;
constexpr std::int16_t unknown = -2;

}  // namespace

pdf_face::pdf_face(HPDF_Doc document, const std::filesystem::path& file)
    : outlines_(file), widths_(characters, unknown) {
    const char* name = HPDF_LoadTTFontFromFile(document, file.c_str(), HPDF_TRUE);
    if (name != nullptr) font_ = HPDF_GetFont(document, name, "UTF-8");
    if (font_ == nullptr) {
        throw std::runtime_error(fmt::format("libharu cannot use the font {}", file.string()));
    }
    definition_ = static_cast<HPDF_FontAttr>(font_->attr)->fontdef;
}

int pdf_face::width_of(char16_t character) {
    auto& width = widths_[character];
    if (width == unknown) width = static_cast<std::int16_t>(load(character));
    return width;
}

int pdf_face::load(char16_t character) {
    const auto glyph = HPDF_TTFontDef_GetGlyphid(definition_, character);
    if (glyph == 0) return lacking;
    auto* attributes = static_cast<HPDF_TTFontDefAttr>(definition_->attr);
    for (const auto part : outlines_.with_parts(glyph)) {
        if (part < attributes->num_glyphs) attributes->glyph_tbl.flgs[part] = 1;
    }
    return HPDF_TTFontDef_GetCharWidth(definition_, character);
}

}  // namespace esm::tasks::report_generation
