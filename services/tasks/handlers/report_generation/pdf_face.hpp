// One font file within a PDF under construction: widths by character, and what of it is embedded.
#pragma once

#include <hpdf.h>

#include <filesystem>
#include <vector>

#include "services/tasks/handlers/report_generation/true_type.hpp"

namespace esm::tasks::report_generation {

class pdf_face {
public:
    // Throws std::runtime_error. `document` outlives it.
    pdf_face(HPDF_Doc document, const std::filesystem::path& file);

    HPDF_Font font() const { return font_; }
    bool has(char16_t character) { return width_of(character) >= 0; }
    // In thousandths of the size; negative where the font lacks it. The character's glyph will be embedded.
    int width_of(char16_t character);

private:
    int load(char16_t character);

    HPDF_Font font_{nullptr};
    HPDF_FontDef definition_{nullptr};
    const true_type outlines_;
    std::vector<std::int16_t> widths_;
};

}  // namespace esm::tasks::report_generation
