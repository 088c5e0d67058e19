// See pdf_report.hpp.
#include "services/tasks/handlers/report_generation/pdf_report.hpp"

#include <fmt/format.h>

#include "services/tasks/handlers/report_generation/pdf_pages.hpp"
#include "services/tasks/handlers/report_generation/pdf_table.hpp"

namespace esm::tasks::report_generation {

namespace {

constexpr double body_size = 9.5;
constexpr double body_leading = 14;
constexpr double caption_size = 10;
constexpr double note_size = 7.5;
constexpr std::size_t text_lines_max = 20'000;
constexpr std::size_t tiles_a_row = 4;
constexpr double tile_height = 46;
constexpr double tile_gap = 9;
constexpr double block_gap = 16;
constexpr std::uint64_t unbroken_rows_max = 15;
constexpr double row_height = 18;

class pdf_writer {
public:
    pdf_writer(pdf_canvas& canvas, const report& shown, std::size_t pages_max, const run_control& control)
        : canvas_(canvas), shown_(shown), pages_(canvas, shown, pages_max), control_(control) {}

    // Which block was being drawn, from 1; 0 before the first.
    std::size_t at() const { return at_; }

    void write() {
        canvas_.describe(shown_.title, shown_.author, shown_.created);
        pages_.new_page();
        draw_title();
        for (std::size_t i = 0; i < shown_.blocks.size(); ++i) {
            at_ = i + 1;
            if (control_.should_stop()) throw pages_end{false};
            std::visit([this](const auto& each) { draw(each); }, shown_.blocks[i]);
        }
        draw_frames();
    }

private:
    std::vector<std::string> lines(
        const std::string& text, double width, double size, weight how, std::size_t most = text_lines_max
    ) {
        return break_lines(text, width, most, canvas_.width_function(size, how));
    }

    void draw_title() {
        canvas_.draw(box_mark{{pages_.left(), pages_.y() - 12}, 36, 3, colors::accent, {}});
        canvas_.add_bookmark(shown_.title, 1, 0);
        pages_.draw_lines(
            lines(shown_.title, pages_.width(), 20, weight::bold, 3),
            pages_.left(),
            20,
            26,
            weight::bold,
            colors::ink
        );
        if (!shown_.subtitle.empty()) {
            pages_.draw_lines(
                lines(shown_.subtitle, pages_.width(), 11, weight::regular, 3),
                pages_.left(),
                11,
                15.5,
                weight::regular,
                colors::faint_ink
            );
        }
        auto made = fmt::format("{} UTC", format_date_time(shown_.created));
        if (!shown_.author.empty()) made = shown_.author + "  ·  " + made;
        pages_.move(3);
        pages_.draw_lines({made}, pages_.left(), 8.5, 12, weight::regular, colors::faint_ink);
        pages_.move(6);
        rule(pages_.y(), colors::rule);
        pages_.move(4);
    }

    void rule(double y, color ink) {
        canvas_.draw(line_mark{{{pages_.left(), y}, {pages_.right(), y}}, ink, 0.6, {}});
    }

    // Header and footer, once the number of pages is known.
    void draw_frames() {
        const auto date = format_long_date(shown_.created);
        const double top = margins::top - 24, bottom = shown_.page.height - 30;
        const auto title = lines(shown_.title, pages_.width() * 0.75, 8, weight::regular, 1);
        for (std::size_t i = 0; i < canvas_.pages(); ++i) {
            canvas_.select_page(i);
            const auto draw = [&](std::string text, double x, double y, anchor where) {
                pages_.draw(std::move(text), x, y, 8, weight::regular, colors::faint_ink, where);
            };
            if (i > 0) {
                if (!title.empty()) draw(title.front(), pages_.left(), top, anchor::start);
                draw(date, pages_.right(), top, anchor::end);
                rule(top + 6, colors::rule);
            }
            rule(bottom - 12, colors::rule);
            draw(i == 0 ? date : "EventStreamMonitor", pages_.left(), bottom, anchor::start);
            draw(fmt::format("Page {} of {}", i + 1, canvas_.pages()), pages_.right(), bottom, anchor::end);
        }
    }

    void caption(const std::string& title) {
        if (title.empty()) return;
        const auto wrapped = lines(title, pages_.width(), caption_size, weight::bold, 3);
        pages_.draw_lines(wrapped, pages_.left(), caption_size, 14, weight::bold, colors::ink);
        pages_.move(4);
    }

    void note(const std::string& text) {
        if (text.empty()) return;
        pages_.move(4);
        const auto wrapped = lines(text, pages_.width(), note_size, weight::regular);
        pages_.draw_lines(wrapped, pages_.left(), note_size, 10.5, weight::regular, colors::faint_ink);
    }

    // Short tables stay in one piece.
    static double wanted_height(const table_block& shown) {
        const bool whole = shown.rows.rows <= unbroken_rows_max;
        const double rows = whole ? static_cast<double>(shown.rows.rows) * row_height : 0;
        return table_start_height + caption_height(shown.title) + rows;
    }

    static double caption_height(const std::string& title) { return title.empty() ? 0 : 18; }

    // The least height that the block after this one wants, so that no heading ends a page.
    double next_height() const {
        if (at_ >= shown_.blocks.size()) return 0;
        const auto& next = shown_.blocks[at_];
        if (const auto* drawn = std::get_if<chart_block>(&next)) {
            return lay_out(drawn->shown, shown_.style, pages_.width()).height + caption_height(drawn->title);
        }
        if (const auto* table = std::get_if<table_block>(&next)) {
            return wanted_height(*table);
        }
        if (const auto* tiles = std::get_if<figures_block>(&next)) {
            return tile_height + caption_height(tiles->title);
        }
        return 3 * body_leading;
    }

    void draw(const heading_block& heading) {
        const double size = heading.level == 1 ? 15 : heading.level == 2 ? 12 : 10.5;
        const auto wrapped = lines(heading.text, pages_.width(), size, weight::bold, 4);
        const double height = static_cast<double>(wrapped.size()) * size * 1.35;
        pages_.space(heading.level == 1 ? 24 : 18);
        pages_.need(std::min(height + 8 + next_height(), pages_.full_height()));
        canvas_.add_bookmark(heading.text, std::min(heading.level, 2) + 1, pages_.y());
        const auto ink = heading.level == 1 ? colors::accent : colors::ink;
        pages_.draw_lines(wrapped, pages_.left(), size, size * 1.35, weight::bold, ink);
        pages_.move(2);
    }

    void draw(const text_block& text) {
        pages_.space(6);
        bool first = true;
        for (const auto& part : parts_of(text)) {
            const double indent = part.item ? 14 : 0;
            if (!std::exchange(first, false)) pages_.space(part.item ? 2 : 6);
            const auto wrapped = lines(part.text, pages_.width() - indent, body_size, weight::regular);
            if (part.item && !wrapped.empty()) {
                pages_.need(wrapped.size() > 1 ? 2 * body_leading : body_leading);
                pages_.draw(
                    "•", pages_.left() + 3, pages_.y() + body_size, body_size, weight::regular, colors::accent
                );
            }
            pages_.draw_lines(
                wrapped, pages_.left() + indent, body_size, body_leading, weight::regular, colors::ink
            );
        }
    }

    void draw(const figures_block& shown) {
        pages_.space(block_gap);
        pages_.need(tile_height + caption_height(shown.title));
        caption(shown.title);
        const auto count = shown.figures.size();
        const auto in_row = std::min(count, count > tiles_a_row && count % 3 == 0 ? 3 : tiles_a_row);
        const double gaps = tile_gap * static_cast<double>(in_row - 1);
        const double width = (pages_.width() - gaps) / static_cast<double>(in_row);
        for (std::size_t i = 0; i < count; ++i) {
            if (i > 0 && i % in_row == 0) {
                pages_.move(tile_height + tile_gap);
                pages_.need(tile_height);
            }
            draw_tile(
                shown.figures[i], pages_.left() + static_cast<double>(i % in_row) * (width + tile_gap), width
            );
        }
        pages_.move(tile_height);
    }

    void draw_tile(const figure& shown, double x, double width) {
        canvas_.draw(box_mark{{x, pages_.y()}, width, tile_height, colors::panel, {}});
        canvas_.draw(box_mark{{x, pages_.y()}, 2.5, tile_height, colors::accent, {}});
        const double inner = width - 20;
        double size = 16;
        while (size > 9 && canvas_.text_width(shown.value, size, weight::bold) > inner) size -= 1;
        const auto value = lines(shown.value, inner, size, weight::bold, 1);
        const auto title = lines(shown.title, inner, 8, weight::regular, 1);
        if (!title.empty()) {
            pages_.draw(title.front(), x + 12, pages_.y() + 15, 8, weight::regular, colors::faint_ink);
        }
        if (!value.empty()) {
            pages_.draw(value.front(), x + 12, pages_.y() + 35, size, weight::bold, colors::ink);
        }
    }

    void draw(const chart_block& shown) {
        const auto drawn = lay_out(shown.shown, shown_.style, pages_.width());
        const double height = drawn.height + caption_height(shown.title) + (shown.note.empty() ? 0 : 16);
        pages_.space(block_gap);
        pages_.need(height);
        caption(shown.title);
        canvas_.draw(drawn, pages_.left(), pages_.y());
        pages_.move(drawn.height);
        note(shown.note);
    }

    void draw(const table_block& shown) {
        pages_.space(block_gap);
        pages_.need(wanted_height(shown));
        caption(shown.title);
        draw_table(pages_, shown, shown_.style, control_);
        note(shown.note);
    }

    void draw(const page_break_block&) {
        if (!pages_.at_top()) pages_.new_page();
    }

    pdf_canvas& canvas_;
    const report& shown_;
    pdf_pages pages_;
    const run_control& control_;
    std::size_t at_{0};
};

}  // namespace

result<rendered> write_pdf(
    const report& shown,
    const font_files& fonts,
    std::size_t pages_max,
    const std::filesystem::path& to,
    const run_control& control
) {
    pdf_canvas canvas(fonts);
    pdf_writer writer(canvas, shown, pages_max, control);
    try {
        writer.write();
    } catch (const pages_end& end) {
        if (!end.too_many) return fail(errc::deadline_exceeded, "told to stop");
        return fail(
            errc::payload_too_large,
            fmt::format(
                "the PDF has more than {} pages at section {}: show fewer rows, or make it HTML",
                pages_max,
                writer.at()
            )
        );
    }
    return rendered{canvas.save(to), canvas.pages(), canvas.characters_lacking()};
}

}  // namespace esm::tasks::report_generation
