// The CSV part of block_parser.hpp: RFC 4180, strict about quotes.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <set>

#include "services/tasks/handlers/data/block_parser.hpp"
#include "services/tasks/handlers/data/csv_marks.hpp"

namespace esm::tasks::data {

namespace {

std::uint64_t lines_in(std::string_view text) {
    return static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n'));
}

// Reads one row slowly, as the grammar has it, to say what is wrong with it or to read a header.
class slow_row {
public:
    slow_row(std::string_view text, char delimiter) : text_(text), delimiter_(delimiter) {}

    // What is wrong with the row's quotes; its line counts from the row's first.
    std::optional<problem> read() {
        for (;;) {
            auto& cell = cells_.emplace_back();
            auto failed = text_.substr(at_).starts_with('"') ? quoted(cell) : plain(cell);
            if (failed) return failed;
            if (at_ == text_.size() || text_[at_] != delimiter_) return std::nullopt;
            ++at_;
        }
    }
    const std::vector<std::string>& cells() const { return cells_; }

private:
    bool at_cell_end() const {
        return at_ == text_.size() || text_[at_] == delimiter_ || text_[at_] == '\n' ||
               text_.substr(at_).starts_with("\r\n");
    }
    std::optional<problem> plain(std::string& cell) {
        for (; !at_cell_end(); ++at_) {
            if (text_[at_] == '"') {
                return wrong_line(line_, "a quote inside a cell that does not begin with one");
            }
            cell += text_[at_];
        }
        return std::nullopt;
    }
    std::optional<problem> quoted(std::string& cell) {
        const auto first_line = line_;
        for (++at_;; ++at_) {
            if (at_ >= text_.size()) {
                return wrong_line(first_line, "the quote of a cell that begins here is never closed");
            }
            if (text_[at_] == '\n') ++line_;
            if (text_[at_] == '"') {
                if (!text_.substr(at_ + 1).starts_with('"')) break;
                ++at_;
            }
            cell += text_[at_];
        }
        ++at_;
        if (at_cell_end()) return std::nullopt;
        return wrong_line(line_, "text after the closing quote of a cell");
    }

    const std::string_view text_;
    const char delimiter_;
    std::vector<std::string> cells_;
    std::size_t at_{0};
    std::uint64_t line_{1};
};

// A number, null or text; quoted cells are text.
inline cell typed(std::string_view text) {
    if (text.empty()) return cell{};
    const char first = text.front();
    if ((first >= '0' && first <= '9') || first == '-') {
        if (const auto number = parse_number(text)) return *number;
    }
    return cell{text};
}

bool has(std::string_view text, char wanted) {
    return std::memchr(text.data(), wanted, text.size()) != nullptr;
}

class csv_parser final : public block_parser {
public:
    csv_parser(const csv_layout& layout, std::vector<wanted_column> wanted, const limits& bounds)
        : layout_(layout), wanted_(std::move(wanted)), cell_bytes_(bounds.cell_bytes) {}

    checked<void> start(const block& given) override {
        block_ = &given;
        text_ = given.text();
        row_begin_ = 0;
        next_mark_ = 0;
        rows_ = 0;
        marks_.find(text_, layout_.delimiter, given.has_quotes);
        if (auto bad = layout_.is_file ? find_bad_byte(text_) : std::nullopt) return explain(*bad);
        if (given.part > 0 || marks_.size() < layout_.columns.size()) return {};
        next_mark_ = layout_.columns.size();
        row_begin_ = marks_.begin()[next_mark_ - 1] + 1;
        return {};
    }

    checked<bool> fill(batch& into) override {
        const bool careful = block_->has_quotes || text_.size() > cell_bytes_;
        if (!(careful ? read_rows<true>(into) : read_rows<false>(into))) return explain();
        return into.rows > 0;
    }

    std::uint64_t lines() const override { return lines_in(text_); }
    std::uint64_t rows() const override { return rows_; }

private:
    // False where a row is wrong.
    template <bool Careful>
    bool read_rows(batch& into) {
        const auto columns = layout_.columns.size();
        for (; into.rows < into.rows_max && row_begin_ < text_.size(); ++into.rows) {
            const auto* ends = marks_.begin() + next_mark_;
            if (!is_row(ends)) return false;
            const auto row_end = ends[columns - 1];
            // CR belongs to the line end, but for one that no LF followed.
            const bool added = block_->lacks_line_end && row_end + 1 == text_.size();
            const bool drop_cr = row_end > row_begin_ && text_[row_end - 1] == '\r' && !added;
            if constexpr (Careful) {
                if (!is_sound(ends, drop_cr)) return false;
            }
            for (const auto& [column, slot] : wanted_) {
                const auto text = cell_text(ends, column, drop_cr);
                auto& made = into.columns[slot][into.rows];
                if constexpr (Careful) {
                    made = text.starts_with('"') ? cell{unquoted(text, into.texts)} : typed(text);
                } else {
                    made = typed(text);
                }
            }
            next_mark_ += columns;
            row_begin_ = row_end + 1;
            ++rows_;
        }
        return true;
    }

    // Delimiters between the cells, a line end behind the last.
    bool is_row(const std::uint32_t* ends) const {
        const auto columns = layout_.columns.size();
        if (next_mark_ + columns > marks_.size()) return false;
        for (std::size_t i = 0; i + 1 < columns; ++i) {
            if (text_[ends[i]] != layout_.delimiter) return false;
        }
        return text_[ends[columns - 1]] == '\n';
    }

    std::string_view cell_text(const std::uint32_t* ends, std::size_t column, bool drop_cr) const {
        const auto begin = column == 0 ? row_begin_ : ends[column - 1] + 1;
        auto end = ends[column];
        if (drop_cr && column + 1 == layout_.columns.size()) --end;
        return text_.substr(begin, end - begin);
    }

    // Quotes around whole cells only, doubled within; no cell too long. All cells count, wanted or not.
    bool is_sound(const std::uint32_t* ends, bool drop_cr) const {
        for (std::size_t column = 0; column < layout_.columns.size(); ++column) {
            auto text = cell_text(ends, column, drop_cr);
            if (text.size() > cell_bytes_) return false;
            if (!has(text, '"')) continue;
            if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
            text = text.substr(1, text.size() - 2);
            for (std::size_t at = 0; (at = text.find('"', at)) != std::string_view::npos; at += 2) {
                if (at + 1 == text.size() || text[at + 1] != '"') return false;
            }
        }
        return true;
    }

    static std::string_view unquoted(std::string_view text, arena& texts) {
        text = text.substr(1, text.size() - 2);
        if (!has(text, '"')) return text;
        auto* place = texts.allocate(text.size());
        auto* out = place;
        for (std::size_t i = 0; i < text.size(); ++i) {
            *out++ = text[i];
            if (text[i] == '"') ++i;
        }
        return {place, static_cast<std::size_t>(out - place)};
    }

    std::uint64_t line_at(std::size_t place) const { return 1 + lines_in(text_.substr(0, place)); }

    // The row at row_begin_ is wrong.
    problem explain() const {
        const auto line = line_at(row_begin_);
        auto text = text_.substr(row_begin_);
        if (block_->lacks_line_end) text.remove_suffix(1);
        slow_row slowly(text, layout_.delimiter);
        if (auto failed = slowly.read()) {
            failed->at += line - 1;
            return *failed;
        }
        const auto& cells = slowly.cells();
        if (cells.size() != layout_.columns.size()) {
            return wrong_line(
                line,
                fmt::format("has {} cells, the header has {}", cells.size(), layout_.columns.size()),
                rows_ + 1
            );
        }
        const auto long_one = std::find_if(cells.begin(), cells.end(), [&](const std::string& each) {
            return each.size() > cell_bytes_;
        });
        const auto column = static_cast<std::size_t>(long_one - cells.begin()) % cells.size();
        return wrong_line(
            line,
            fmt::format(
                "column \"{}\": the cell has more than {} bytes", layout_.columns[column], cell_bytes_
            )
        );
    }

    problem explain(const bad_byte& bad) const {
        const auto* end = marks_.begin() + marks_.size();
        const auto before =
            static_cast<std::size_t>(std::lower_bound(marks_.begin(), end, bad.at) - marks_.begin());
        const auto column = before % layout_.columns.size();
        return wrong_line(
            line_at(bad.at), fmt::format("column \"{}\": {}", layout_.columns[column], bad.what)
        );
    }

    const csv_layout layout_;
    const std::vector<wanted_column> wanted_;
    const std::size_t cell_bytes_;
    const block* block_{nullptr};
    std::string_view text_;
    csv_marks marks_;
    std::size_t next_mark_{0};
    std::size_t row_begin_{0};
    std::uint64_t rows_{0};
};

}  // namespace

checked<std::vector<std::string>> read_csv_header(const block& first, char delimiter, const limits& bounds) {
    if (first.defect) return *first.defect;
    if (const auto bad = find_bad_byte(first.text())) {
        const auto line = 1 + lines_in(first.text().substr(0, bad->at));
        if (line == 1) return wrong_line(1, bad->what);
    }
    auto text = first.text();
    if (first.lacks_line_end) text.remove_suffix(1);
    slow_row header(text, delimiter);
    if (auto failed = header.read()) return *failed;
    const auto& names = header.cells();
    if (names.size() > bounds.columns_max) {
        return wrong_line(1, fmt::format("{} columns; at most {}", names.size(), bounds.columns_max));
    }
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (names[i].empty()) return wrong_line(1, fmt::format("column {} has no name", i + 1));
        // The file has the line ends of old Macs: all of it would be one header.
        if (has(names[i], '\r')) {
            return wrong_line(
                1, fmt::format("a carriage return in the name of column {}; lines end with LF or CRLF", i + 1)
            );
        }
        if (!seen.insert(names[i]).second) {
            return wrong_line(1, fmt::format("two columns are called \"{}\"", names[i]));
        }
    }
    return names;
}

std::unique_ptr<block_parser> make_csv_parser(
    const csv_layout& layout, std::vector<wanted_column> wanted, const limits& bounds
) {
    return std::make_unique<csv_parser>(layout, std::move(wanted), bounds);
}

}  // namespace esm::tasks::data
