// See html_report.hpp. Rows of tables go through their template in portions, so that no table stands in
// memory.
#include "services/tasks/handlers/report_generation/html_report.hpp"

#include <fmt/format.h>

#include <cmath>
#include <kainjow/mustache.hpp>

#include "platform/base/markup.hpp"
#include "services/tasks/handlers/report_generation/svg.hpp"
#include "services/tasks/handlers/report_generation/texts.hpp"

namespace esm::tasks::report_generation {

namespace {

namespace ms = kainjow::mustache;

constexpr double chart_width = 560;
constexpr std::size_t rows_a_portion = 200;
constexpr std::size_t whole_word_max_bytes = 28;
constexpr std::size_t unbroken_max_bytes = 14;

ms::mustache parse(std::string_view source) {
    ms::mustache parsed{std::string(source)};
    if (!parsed.is_valid()) {
        throw std::logic_error("a shipped template does not parse: " + parsed.error_message());
    }
    parsed.set_custom_escape([](const std::string& plain) { return escape_markup(plain); });
    return parsed;
}

struct templates {
    ms::mustache page_head{parse(texts::page_head)}, page_foot{parse(texts::page_foot)};
    ms::mustache heading{parse(texts::heading)}, text{parse(texts::text)}, figures{parse(texts::figures)};
    ms::mustache chart{parse(texts::chart)}, table_head{parse(texts::table_head)};
    ms::mustache table_rows{parse(texts::table_rows)}, table_foot{parse(texts::table_foot)};
};

struct too_large {};
struct told_to_stop {};

// An empty text is a section that does not show.
void set_text(ms::data& in, const std::string& name, const std::string& text) {
    if (text.empty()) {
        in.set(name, ms::data{false});
    } else {
        in.set(name, text);
    }
}

bool is_instant(value_kind kind) {
    return kind == value_kind::date || kind == value_kind::date_time;
}

// Words that would push a table out of the page may break anywhere; others stay whole.
bool has_long_word(std::string_view text) {
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find_first_of(" \n-", begin), text.size());
        if (end - begin > whole_word_max_bytes) return true;
        begin = end + 1;
    }
    return false;
}

class html_writer {
public:
    html_writer(
        const report& shown,
        std::size_t max_bytes,
        const std::filesystem::path& to,
        const run_control& control
    )
        : shown_(shown), max_bytes_(max_bytes), path_(to), to_(to, std::ios::binary), control_(control) {
        check();
    }

    std::size_t at() const { return at_; }

    std::uintmax_t write() {
        put_head();
        for (std::size_t i = 0; i < shown_.blocks.size(); ++i) {
            at_ = i + 1;
            look();
            std::visit([this](const auto& each) { put(each); }, shown_.blocks[i]);
        }
        ms::data foot;
        foot.set("date", format_long_date(shown_.created));
        put(templates_.page_foot, foot);
        to_.close();
        check();
        return written_;
    }

private:
    void check() const {
        if (!to_) {
            throw std::runtime_error(fmt::format("{} cannot be written: the disk is full", path_.string()));
        }
    }

    void look() const {
        if (control_.should_stop()) throw told_to_stop();
    }

    void put(ms::mustache& form, const ms::data& with) {
        const auto text = form.render(with);
        written_ += text.size();
        if (written_ > max_bytes_) throw too_large();
        to_ << text;
        check();
    }

    void put_head() {
        const bool letter = std::abs(std::max(shown_.page.width, shown_.page.height) - 792) < 1;
        const bool landscape = shown_.page.width > shown_.page.height;
        ms::data head;
        head.set("title", shown_.title);
        set_text(head, "subtitle", shown_.subtitle);
        set_text(head, "author", shown_.author);
        head.set("made", format_date_time(shown_.created));
        head.set("page_size", std::string(letter ? "letter" : "A4") + (landscape ? " landscape" : ""));
        put(templates_.page_head, head);
    }

    void put(const heading_block& heading) {
        ms::data with;
        with.set("rank", std::to_string(heading.level + 1));
        with.set("text", heading.text);
        put(templates_.heading, with);
    }

    void put(const text_block& text) {
        const auto parts = parts_of(text);
        ms::data list{ms::data::type::list};
        for (std::size_t i = 0; i < parts.size(); ++i) {
            ms::data part;
            part.set("text", parts[i].text);
            part.set("item", ms::data{parts[i].item});
            part.set("opens", ms::data{parts[i].item && (i == 0 || !parts[i - 1].item)});
            part.set("closes", ms::data{parts[i].item && (i + 1 == parts.size() || !parts[i + 1].item)});
            list << part;
        }
        ms::data with;
        with.set("parts", list);
        put(templates_.text, with);
    }

    void put(const figures_block& shown) {
        ms::data list{ms::data::type::list};
        for (const auto& each : shown.figures) {
            ms::data tile;
            tile.set("title", each.title);
            tile.set("value", each.value);
            list << tile;
        }
        ms::data with;
        set_text(with, "title", shown.title);
        with.set("figures", list);
        put(templates_.figures, with);
    }

    void put(const chart_block& shown) {
        ms::data with;
        set_text(with, "title", shown.title);
        set_text(with, "note", shown.note);
        with.set(
            "svg",
            to_svg(
                lay_out(shown.shown, shown_.style, chart_width), shown.title.empty() ? "chart" : shown.title
            )
        );
        put(templates_.chart, with);
    }

    static std::string class_of(const table_column& column) {
        if (column.aligned == alignment::right) return "r";
        return column.aligned == alignment::center ? "c" : "";
    }

    void put(const table_block& shown) {
        put_table_head(shown);
        row_reader rows(shown.rows);
        std::vector<cell> row;
        ms::data portion{ms::data::type::list};
        std::size_t held = 0;
        while (rows.next(row)) {
            portion << row_of(shown, row);
            if (++held < rows_a_portion) continue;
            put_rows(std::exchange(portion, ms::data{ms::data::type::list}));
            held = 0;
        }
        if (held > 0) put_rows(portion);
        ms::data foot;
        if (shown.totals) foot.set("totals", totals_of(shown));
        set_text(foot, "note", shown.note);
        put(templates_.table_foot, foot);
    }

    void put_table_head(const table_block& shown) {
        double shares = 0;
        for (const auto& each : shown.columns) shares += each.share;
        ms::data columns{ms::data::type::list};
        for (const auto& each : shown.columns) {
            ms::data column;
            column.set("text", each.title);
            set_text(column, "class", class_of(each));
            const double width = shares > 0 && each.share > 0 ? 100 * each.share / shares : 0;
            column.set("width", fmt::format("{:.1f}", width));
            columns << column;
        }
        ms::data head;
        set_text(head, "title", shown.title);
        head.set("columns", columns);
        head.set(
            "sized",
            ms::data{std::all_of(
                shown.columns.begin(), shown.columns.end(), [](const auto& each) { return each.share > 0; }
            )}
        );
        put(templates_.table_head, head);
    }

    void put_rows(const ms::data& portion) {
        look();
        ms::data with;
        with.set("rows", portion);
        put(templates_.table_rows, with);
    }

    ms::data row_of(const table_block& shown, const std::vector<cell>& row) const {
        ms::data cells{ms::data::type::list};
        for (std::size_t i = 0; i < shown.columns.size(); ++i) {
            const auto& column = shown.columns[i];
            const cell& value = i < row.size() ? row[i] : nothing_;
            const auto text = format_cell(value, column.format, shown_.style);
            auto kind = class_of(column);
            const auto add = [&kind](std::string_view name) {
                kind += fmt::format("{}{}", kind.empty() ? "" : " ", name);
            };
            const bool in_one_line = value.is_number() || is_instant(column.format.kind);
            if (in_one_line || text.size() <= unbroken_max_bytes) add("n");
            if (has_long_word(text)) add("w");
            ms::data made;
            set_text(made, "class", kind);
            made.set("text", text);
            cells << made;
        }
        ms::data made;
        made.set("cells", cells);
        return made;
    }

    static ms::data totals_of(const table_block& shown) {
        ms::data cells{ms::data::type::list};
        for (std::size_t i = 0; i < shown.columns.size(); ++i) {
            ms::data made;
            set_text(made, "class", class_of(shown.columns[i]));
            made.set("text", (*shown.totals)[i]);
            cells << made;
        }
        ms::data made;
        made.set("cells", cells);
        return made;
    }

    void put(const page_break_block&) { put_plain("<hr class=\"break\">\n"); }

    void put_plain(std::string_view text) {
        written_ += text.size();
        to_ << text;
    }

    const report& shown_;
    const std::size_t max_bytes_;
    const std::filesystem::path path_;
    std::ofstream to_;
    const run_control& control_;
    templates templates_;
    const cell nothing_{};
    std::size_t at_{0};
    std::uintmax_t written_{0};
};

}  // namespace

result<rendered> write_html(
    const report& shown, std::size_t max_bytes, const std::filesystem::path& to, const run_control& control
) {
    html_writer writer(shown, max_bytes, to, control);
    try {
        return rendered{writer.write(), 0, 0};
    } catch (const told_to_stop&) {
        return fail(errc::deadline_exceeded, "told to stop");
    } catch (const too_large&) {
        return fail(
            errc::payload_too_large,
            fmt::format(
                "the HTML has more than {} bytes at section {}: show fewer rows", max_bytes, writer.at()
            )
        );
    }
}

}  // namespace esm::tasks::report_generation
