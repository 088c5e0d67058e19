// The pages of a PDF report while it is typeset: where the next block goes, when a page is full.
#pragma once

#include "services/tasks/handlers/report_generation/pdf_canvas.hpp"
#include "services/tasks/handlers/report_generation/report.hpp"

namespace esm::tasks::report_generation {

// More pages than allowed, or told to stop.
struct pages_end {
    bool too_many{false};
};

namespace margins {
inline constexpr double side = 54;
inline constexpr double top = 58;
inline constexpr double bottom = 56;
}  // namespace margins

class pdf_pages {
public:
    pdf_pages(pdf_canvas& canvas, const report& shown, std::size_t pages_max)
        : canvas_(canvas), shown_(shown), pages_max_(pages_max) {}

    pdf_canvas& canvas() { return canvas_; }
    double left() const { return margins::side; }
    double width() const { return shown_.page.width - 2 * margins::side; }
    double right() const { return left() + width(); }
    double y() const { return y_; }
    // What is left of the page.
    double room() const { return shown_.page.height - margins::bottom - y_; }
    bool at_top() const { return y_ <= top_ + 0.5; }
    double full_height() const { return shown_.page.height - margins::top - margins::bottom; }

    // Throws pages_end when there may be no more.
    void new_page();
    void need(double height) {
        if (room() < height && !at_top()) new_page();
    }
    void move(double down) { y_ += down; }
    // Space between blocks: none at the top of a page.
    void space(double down) {
        if (!at_top()) y_ += down;
    }
    void set_top() { top_ = y_; }

    void draw(
        std::string text,
        double x,
        double y,
        double size,
        weight how,
        color shown,
        anchor where = anchor::start
    );
    // Lines of a paragraph from the current place on, over pages where they need them.
    void draw_lines(
        const std::vector<std::string>& lines, double x, double size, double leading, weight how, color shown
    );

private:
    pdf_canvas& canvas_;
    const report& shown_;
    const std::size_t pages_max_;
    double y_{0}, top_{0};
};

}  // namespace esm::tasks::report_generation
