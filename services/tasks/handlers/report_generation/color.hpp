// Colours of reports. Series take those of Okabe and Ito (Color Universal Design, 2008), which stay apart for
// the colour-blind, in an order that keeps neighbours apart in grey too.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

namespace esm::tasks::report_generation {

struct color {
    std::uint8_t red{0}, green{0}, blue{0};
    bool operator==(const color&) const = default;
};

namespace colors {
inline constexpr color ink{0x1f, 0x29, 0x33};
inline constexpr color faint_ink{0x5f, 0x6b, 0x7a};
inline constexpr color rule{0xd5, 0xdb, 0xe3};
inline constexpr color grid{0xe6, 0xea, 0xef};
inline constexpr color stripe{0xf5, 0xf7, 0xfa};
inline constexpr color panel{0xf0, 0xf4, 0xf8};
inline constexpr color accent{0x00, 0x72, 0xb2};
inline constexpr color white{0xff, 0xff, 0xff};
}  // namespace colors

inline constexpr std::array<color, 8> palette{{
    {0x00, 0x72, 0xb2},  // blue
    {0xe6, 0x9f, 0x00},  // orange
    {0x00, 0x9e, 0x73},  // green
    {0xd5, 0x5e, 0x00},  // vermilion
    {0x56, 0xb4, 0xe9},  // sky blue
    {0xcc, 0x79, 0xa7},  // purple
    {0x5f, 0x6b, 0x7a},  // grey
    {0xf0, 0xe4, 0x42},  // yellow
}};

// What stands for the rest of the series or slices.
inline constexpr color other_color{0xb8, 0xc0, 0xca};

// Relative luminance (WCAG 2.1), 0 to 1.
inline double luminance(color shown) {
    const auto linear = [](std::uint8_t channel) {
        const double part = channel / 255.0;
        return part <= 0.04045 ? part / 12.92 : std::pow((part + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(shown.red) + 0.7152 * linear(shown.green) + 0.0722 * linear(shown.blue);
}

// White or ink, whichever is the easier to read on it.
inline color text_on(color background) {
    const double light = luminance(background) + 0.05;
    return 1.05 / light >= light / (luminance(colors::ink) + 0.05) ? colors::white : colors::ink;
}

// `share` of the colour on white.
inline color tint(color full, double share) {
    const auto mix = [share](std::uint8_t channel) {
        return static_cast<std::uint8_t>(std::lround(255 - (255 - channel) * share));
    };
    return {mix(full.red), mix(full.green), mix(full.blue)};
}

// "#0072b2"; nothing for any other form.
inline std::optional<color> parse_color(std::string_view text) {
    if (text.size() != 7 || text[0] != '#') return std::nullopt;
    std::array<std::uint8_t, 3> channels{};
    for (std::size_t i = 0; i < 6; ++i) {
        const char each = text[i + 1];
        const bool digit = each >= '0' && each <= '9';
        const char lower = static_cast<char>(each | 0x20);
        if (!digit && (lower < 'a' || lower > 'f')) return std::nullopt;
        const int value = digit ? each - '0' : lower - 'a' + 10;
        channels[i / 2] = static_cast<std::uint8_t>(channels[i / 2] * 16 + value);
    }
    return color{channels[0], channels[1], channels[2]};
}

}  // namespace esm::tasks::report_generation
