// See pdf_table.hpp.
#include "services/tasks/handlers/report_generation/pdf_table.hpp"

#include <algorithm>
#include <numeric>

namespace esm::tasks::report_generation {

namespace {

constexpr double pad_x = 4;
constexpr double pad_y = 3.2;
constexpr std::size_t sampled_rows = 200;
constexpr std::size_t head_lines_max = 3;
constexpr std::size_t cell_lines_max = 8;
constexpr double wish_max = 240;
constexpr double word_max = 84;
constexpr double stretched_from = 0.55;  // of the width: below it a table keeps its natural width
constexpr std::size_t rows_between_looks = 256;
// By number of columns.
double text_size(std::size_t columns) {
    return columns <= 8 ? 8.5 : columns <= 12 ? 7.5 : 6.5;
}

double sum_of(const std::vector<double>& widths) {
    return std::accumulate(widths.begin(), widths.end(), 0.0);
}

double widest_word(std::string_view text, const character_width& width_of) {
    double widest = 0;
    while (!text.empty()) {
        const auto end = std::min(text.find_first_of(" \n"), text.size());
        widest = std::max(widest, line_width(text.substr(0, end), width_of));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return widest;
}

std::vector<double> by_shares(const std::vector<column_wish>& wishes, double width) {
    double given = 0, natural = 0;
    for (const auto& each : wishes) {
        given += each.share;
        if (each.share == 0) natural += std::min(each.most, width / static_cast<double>(wishes.size()));
    }
    const double scale = given > 0 ? std::max(width - natural, width * 0.1) / given : 0;
    std::vector<double> widths;
    for (const auto& each : wishes) {
        widths.push_back(
            each.share > 0 ? each.share * scale
                           : std::min(each.most, width / static_cast<double>(wishes.size()))
        );
    }
    const double total = sum_of(widths);
    for (auto& each : widths) each *= width / total;
    return widths;
}

}  // namespace

std::vector<double> column_widths(const std::vector<column_wish>& wishes, double width) {
    const bool shares =
        std::any_of(wishes.begin(), wishes.end(), [](const auto& each) { return each.share > 0; });
    if (shares) return by_shares(wishes, width);
    std::vector<double> most, least;
    for (const auto& each : wishes) {
        most.push_back(each.most);
        least.push_back(std::min(each.least, each.most));
    }
    const double wanted = sum_of(most), needed = sum_of(least);
    if (wanted <= width) {
        const double stretch = wanted >= width * stretched_from ? width / wanted : 1;
        for (auto& each : most) each *= stretch;
        return most;
    }
    if (needed >= width) {
        for (auto& each : least) each *= width / needed;
        return least;
    }
    // The widest give way first: none gets more than a cap, which is halved into place.
    double low = 0, high = *std::max_element(most.begin(), most.end());
    std::vector<double> widths(most.size());
    for (int i = 0; i < 40; ++i) {
        const double cap = (low + high) / 2;
        for (std::size_t k = 0; k < widths.size(); ++k) widths[k] = std::clamp(cap, least[k], most[k]);
        (sum_of(widths) > width ? high : low) = cap;
    }
    for (std::size_t k = 0; k < widths.size(); ++k) widths[k] = std::clamp(low, least[k], most[k]);
    return widths;
}

namespace {

class table_drawing {
public:
    table_drawing(pdf_pages& pages, const table_block& shown, const number_style& style)
        : pages_(pages),
          shown_(shown),
          style_(style),
          size_(text_size(shown.columns.size())),
          leading_(size_ * 1.28),
          regular_(pages.canvas().width_function(size_, weight::regular)),
          bold_(pages.canvas().width_function(size_, weight::bold)) {
        measure();
    }

    void draw(const run_control& control) {
        draw_head();
        row_reader rows(shown_.rows);
        std::vector<cell> row;
        for (std::uint64_t i = 0; rows.next(row); ++i) {
            if (i % rows_between_looks == 0 && control.should_stop()) throw pages_end{false};
            draw_row(row, i % 2 == 1);
        }
        if (shown_.totals) draw_totals();
        rule(pages_.y(), colors::faint_ink, 0.6);
    }

private:
    std::string text_of(const std::vector<cell>& row, std::size_t column) const {
        if (column >= row.size()) return {};
        return format_cell(row[column], shown_.columns[column].format, style_);
    }

    void measure() {
        std::vector<column_wish> wishes(shown_.columns.size());
        for (std::size_t i = 0; i < wishes.size(); ++i) {
            wishes[i].share = shown_.columns[i].share;
            wish(wishes[i], shown_.columns[i].title, bold_);
            wishes[i].most = std::min(wishes[i].most, word_max);  // a head may take two lines
            wishes[i].most = std::max(wishes[i].most, wishes[i].least);
            if (shown_.totals) wish(wishes[i], (*shown_.totals)[i], bold_);
        }
        row_reader rows(shown_.rows);
        std::vector<cell> row;
        for (std::size_t n = 0; n < sampled_rows && rows.next(row); ++n) {
            for (std::size_t i = 0; i < wishes.size(); ++i) {
                const auto text = text_of(row, i);
                wish(wishes[i], text, regular_);
                // Numbers are read in one line.
                if (i < row.size() && row[i].is_number()) {
                    const double whole = line_width(text, regular_) + 2 * pad_x;
                    wishes[i].least = std::max(wishes[i].least, std::min(whole, wish_max));
                }
            }
        }
        widths_ = column_widths(wishes, pages_.width());
        total_width_ = sum_of(widths_);
    }

    static void wish(column_wish& grown, const std::string& text, const character_width& width_of) {
        const double most = std::min(line_width(text, width_of), wish_max) + 2 * pad_x + 0.5;
        const double least = std::min(widest_word(text, width_of), word_max) + 2 * pad_x + 0.5;
        grown.most = std::max(grown.most, most);
        grown.least = std::max(grown.least, least);
    }

    using cell_lines = std::vector<std::vector<std::string>>;

    static double height_of(const cell_lines& cells, double leading) {
        std::size_t lines = 1;
        for (const auto& each : cells) lines = std::max(lines, each.size());
        return static_cast<double>(lines) * leading + 2 * pad_y;
    }

    std::vector<std::string> lines_of(
        const std::string& text, std::size_t column, std::size_t most, weight how
    ) {
        return break_lines(text, widths_[column] - 2 * pad_x, most, how == weight::bold ? bold_ : regular_);
    }

    void draw_cells(const cell_lines& cells, weight how, color ink) {
        double x = pages_.left();
        for (std::size_t i = 0; i < cells.size(); ++i) {
            double y = pages_.y() + pad_y + size_ * 0.9;
            for (const auto& line : cells[i]) {
                draw_line(line, i, x, y, how, ink);
                y += leading_;
            }
            x += widths_[i];
        }
    }

    void draw_line(const std::string& line, std::size_t column, double x, double y, weight how, color ink) {
        switch (shown_.columns[column].aligned) {
            case alignment::right:
                pages_.draw(line, x + widths_[column] - pad_x, y, size_, how, ink, anchor::end);
                break;
            case alignment::center:
                pages_.draw(line, x + widths_[column] / 2, y, size_, how, ink, anchor::middle);
                break;
            default:
                pages_.draw(line, x + pad_x, y, size_, how, ink);
        }
    }

    void fill(double height, color shown) {
        pages_.canvas().draw(box_mark{{pages_.left(), pages_.y()}, total_width_, height, shown, {}});
    }

    void rule(double y, color shown, double width) {
        pages_.canvas().draw(
            line_mark{{{pages_.left(), y}, {pages_.left() + total_width_, y}}, shown, width, {}}
        );
    }

    void draw_head() {
        cell_lines cells;
        for (std::size_t i = 0; i < shown_.columns.size(); ++i) {
            cells.push_back(lines_of(shown_.columns[i].title, i, head_lines_max, weight::bold));
        }
        const double height = height_of(cells, leading_);
        fill(height, colors::panel);
        draw_cells(cells, weight::bold, colors::ink);
        pages_.move(height);
        rule(pages_.y(), colors::faint_ink, 0.8);
    }

    void draw_row(const std::vector<cell>& row, bool striped) {
        cell_lines cells;
        for (std::size_t i = 0; i < shown_.columns.size(); ++i) {
            const bool number = i < row.size() && row[i].is_number();
            cells.push_back(lines_of(text_of(row, i), i, number ? 1 : cell_lines_max, weight::regular));
        }
        const double height = height_of(cells, leading_);
        make_room(height);
        if (striped) fill(height, colors::stripe);
        draw_cells(cells, weight::regular, colors::ink);
        pages_.move(height);
    }

    void make_room(double height) {
        if (pages_.room() >= height) return;
        rule(pages_.y(), colors::faint_ink, 0.6);
        pages_.new_page();
        draw_head();
    }

    void draw_totals() {
        cell_lines cells;
        for (std::size_t i = 0; i < shown_.columns.size(); ++i) {
            cells.push_back(lines_of((*shown_.totals)[i], i, 1, weight::bold));
        }
        const double height = height_of(cells, leading_);
        make_room(height);
        rule(pages_.y(), colors::faint_ink, 0.6);
        fill(height, colors::panel);
        draw_cells(cells, weight::bold, colors::ink);
        pages_.move(height);
    }

    pdf_pages& pages_;
    const table_block& shown_;
    const number_style& style_;
    const double size_, leading_;
    const character_width regular_, bold_;
    std::vector<double> widths_;
    double total_width_{0};
};

}  // namespace

void draw_table(
    pdf_pages& pages, const table_block& shown, const number_style& style, const run_control& control
) {
    table_drawing(pages, shown, style).draw(control);
}

}  // namespace esm::tasks::report_generation
