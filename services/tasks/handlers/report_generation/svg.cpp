// See svg.hpp.
#include "services/tasks/handlers/report_generation/svg.hpp"

#include <fmt/format.h>

#include <iterator>

#include "platform/base/markup.hpp"

namespace esm::tasks::report_generation {

namespace {

// Tenths of a point are finer than any screen shows.
std::string number(double value) {
    auto text = fmt::format("{:.2f}", value);
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text == "-0" ? "0" : text;
}

std::string hex(color shown) {
    return fmt::format("#{:02x}{:02x}{:02x}", shown.red, shown.green, shown.blue);
}

std::string path_of(const std::vector<point>& points) {
    std::string path;
    for (const auto& each : points) {
        path += fmt::format("{}{} {}", path.empty() ? "M" : "L", number(each.x), number(each.y));
    }
    return path;
}

// Closes the element, around its tip where it has one.
void close(std::string& out, std::string_view element, const std::string& tip) {
    if (tip.empty()) {
        out += "/>";
    } else {
        fmt::format_to(std::back_inserter(out), "><title>{}</title></{}>", escape_markup(tip), element);
    }
}

struct drawing {
    std::string& out;

    void operator()(const box_mark& box) const {
        fmt::format_to(
            std::back_inserter(out),
            R"(<rect x="{}" y="{}" width="{}" height="{}" fill="{}")",
            number(box.corner.x),
            number(box.corner.y),
            number(box.width),
            number(box.height),
            hex(box.fill)
        );
        close(out, "rect", box.tip);
    }

    void operator()(const line_mark& line) const {
        fmt::format_to(
            std::back_inserter(out),
            R"(<path d="{}" fill="none" stroke="{}" stroke-width="{}" stroke-linejoin="round")",
            path_of(line.points),
            hex(line.stroke),
            number(line.width)
        );
        if (!line.dashes.empty()) {
            fmt::format_to(
                std::back_inserter(out),
                R"( stroke-dasharray="{} {}")",
                number(line.dashes[0]),
                number(line.dashes[1])
            );
        }
        out += "/>";
    }

    void operator()(const area_mark& area) const {
        fmt::format_to(
            std::back_inserter(out), R"(<path d="{}Z" fill="{}")", path_of(area.outline), hex(area.fill)
        );
        close(out, "path", area.tip);
    }

    void operator()(const text_mark& text) const {
        constexpr std::string_view anchors[] = {"start", "middle", "end"};
        fmt::format_to(
            std::back_inserter(out),
            R"(<text x="{}" y="{}" font-size="{}" fill="{}")",
            number(text.at.x),
            number(text.at.y),
            number(text.size),
            hex(text.shown)
        );
        if (text.where != anchor::start) {
            fmt::format_to(
                std::back_inserter(out), R"( text-anchor="{}")", anchors[static_cast<std::size_t>(text.where)]
            );
        }
        if (text.bold) out += R"( font-weight="600")";
        if (text.angle != 0) {
            fmt::format_to(
                std::back_inserter(out),
                R"t( transform="rotate({} {} {})")t",
                number(-text.angle),
                number(text.at.x),
                number(text.at.y)
            );
        }
        fmt::format_to(std::back_inserter(out), ">{}</text>", escape_markup(text.text));
    }
};

}  // namespace

std::string to_svg(const picture& drawn, std::string_view label) {
    std::string out = fmt::format(
        R"(<svg viewBox="0 0 {} {}" role="img" aria-label="{}">)",
        number(drawn.width),
        number(drawn.height),
        escape_markup(label)
    );
    for (const auto& each : drawn.marks) std::visit(drawing{out}, each);
    out += "</svg>";
    return out;
}

}  // namespace esm::tasks::report_generation
