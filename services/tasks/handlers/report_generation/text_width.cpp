// See text_width.hpp.
#include "services/tasks/handlers/report_generation/text_width.hpp"

#include <array>
#include <cstdint>

#include "platform/base/utf8.hpp"

namespace esm::tasks::report_generation {

namespace {

// U+0020 to U+007E, in thousandths of the size.
constexpr std::array<std::int16_t, 95> widths{
    317, 400, 459, 837, 636, 950, 779, 274, 390, 390, 500, 837, 317, 360,  317, 336, 636, 636, 636,
    636, 636, 636, 636, 636, 636, 636, 336, 336, 837, 837, 837, 530, 1000, 684, 686, 698, 770, 631,
    575, 774, 751, 294, 294, 655, 557, 862, 748, 787, 603, 787, 694, 634,  610, 731, 684, 988, 685,
    610, 685, 390, 336, 390, 837, 500, 500, 612, 634, 549, 634, 615, 352,  634, 633, 277, 277, 579,
    277, 974, 633, 611, 634, 634, 411, 520, 392, 633, 591, 817, 591, 591,  524, 636, 336, 636, 837,
};
constexpr double other_width = 640;
constexpr double wide_width = 1000;
constexpr double bold_widening = 1.1;
constexpr char32_t first_hangul = 0x1100, last_hangul = 0x11ff;
constexpr char32_t first_wide = 0x2e80;  // Han, kana, pictures; nothing narrow that is common

double character_width(char32_t code_point) {
    if (code_point >= 0x20 && code_point < 0x7f) return widths[code_point - 0x20];
    if (code_point == 0xa0 || code_point == 0x202f) return widths[0];
    if (code_point == U'…' || code_point == U'—') return wide_width;
    const bool hangul = code_point >= first_hangul && code_point <= last_hangul;
    return hangul || code_point >= first_wide ? wide_width : other_width;
}

}  // namespace

double text_width(std::string_view text, double size, bool bold) {
    double sum = 0;
    while (!text.empty()) {
        const auto next = first_utf8_character(text);
        sum += character_width(next.length == 0 ? U'?' : next.code_point);
        text.remove_prefix(std::max<std::size_t>(next.length, 1));
    }
    return sum / 1000 * size * narrowing * (bold ? bold_widening : 1);
}

std::string fit_text(std::string_view text, double size, double width, bool bold) {
    if (text_width(text, size, bold) <= width) return std::string(text);
    auto kept = text;
    while (!kept.empty()) {
        kept = cut_utf8(kept, kept.size() - 1);
        if (text_width(kept, size, bold) + text_width("…", size, bold) <= width) break;
    }
    while (kept.ends_with(' ')) kept.remove_suffix(1);
    return std::string(kept) + "…";
}

}  // namespace esm::tasks::report_generation
