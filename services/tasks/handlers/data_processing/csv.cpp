// See csv.hpp.
#include "services/tasks/handlers/data_processing/csv.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace esm::tasks::data_processing {

namespace {

struct field {
    std::string_view text;
    bool quoted{false};
};

error at_line(std::size_t line, std::string_view what) {
    return fail(errc::validation_failed, fmt::format("csv line {}: {}", line, what));
}

// Cuts the text into records of fields; counts physical lines, since a quoted cell may span several.
class csv_reader {
public:
    csv_reader(std::string_view text, std::deque<std::string>& texts) : text_(text), texts_(texts) {
        if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    }

    bool at_end() const { return at_ == text_.size(); }
    std::size_t line() const { return line_; }

    result<std::vector<field>> next_record() {
        std::vector<field> record;
        for (;;) {
            const auto next = at_ < text_.size() && text_[at_] == '"' ? quoted() : plain();
            if (!next) return next.error();
            record.push_back(*next);
            if (at_end()) return record;
            if (text_[at_] == ',') {
                ++at_;
                continue;
            }
            take_line_end();
            return record;
        }
    }

private:
    // A line end is LF or CR LF.
    bool at_line_end() const {
        return text_[at_] == '\n' || (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n');
    }

    void take_line_end() {
        at_ += text_[at_] == '\r' ? 2 : 1;
        ++line_;
    }

    result<field> plain() {
        const auto begin = at_;
        for (; !at_end() && text_[at_] != ',' && !at_line_end(); ++at_) {
            if (text_[at_] == '"')
                return at_line(line_, "a quote inside a cell that does not begin with one");
        }
        return field{text_.substr(begin, at_ - begin), false};
    }

    result<field> quoted() {
        const auto first_line = line_;
        const auto begin = ++at_;
        bool doubled = false;
        for (; !at_end(); ++at_) {
            if (text_[at_] == '\n') ++line_;
            if (text_[at_] != '"') continue;
            if (at_ + 1 == text_.size() || text_[at_ + 1] != '"') break;
            doubled = true;
            ++at_;
        }
        if (at_end()) return at_line(first_line, "the quote of a cell that begins here is never closed");
        const auto inside = text_.substr(begin, at_ - begin);
        ++at_;
        if (!at_end() && text_[at_] != ',' && !at_line_end()) {
            return at_line(line_, "text after the closing quote of a cell");
        }
        return field{doubled ? undoubled(inside) : inside, true};
    }

    std::string_view undoubled(std::string_view inside) {
        std::string& text = texts_.emplace_back();
        text.reserve(inside.size());
        for (std::size_t i = 0; i < inside.size(); ++i) {
            text += inside[i];
            if (inside[i] == '"') ++i;
        }
        return text;
    }

    std::string_view text_;
    std::deque<std::string>& texts_;
    std::size_t at_{0};
    std::size_t line_{1};
};

cell typed(const field& given) {
    if (given.quoted) return given.text;
    if (given.text.empty()) return {};
    return parse_number(given.text).value_or(given.text);
}

result<void> read_header(csv_reader& reader, const csv_limits& limits, table& into) {
    const auto header = reader.next_record();
    if (!header) return header.error();
    if (header->size() > limits.columns_max) {
        return at_line(1, fmt::format("{} columns; at most {}", header->size(), limits.columns_max));
    }
    for (std::size_t i = 0; i < header->size(); ++i) {
        const auto name = (*header)[i].text;
        if (name.empty()) return at_line(1, fmt::format("column {} has no name", i + 1));
        if (into.column_of(name)) return at_line(1, fmt::format("two columns are called \"{}\"", name));
        into.columns.emplace_back(name);
    }
    return {};
}

}  // namespace

result<void> read_csv(std::string_view text, const csv_limits& limits, table& into) {
    csv_reader reader(text, into.texts);
    if (auto header = read_header(reader, limits, into); !header) return header;
    while (!reader.at_end()) {
        const auto line = reader.line();
        const auto record = reader.next_record();
        if (!record) return record.error();
        if (record->size() != into.columns.size()) {
            return at_line(
                line,
                fmt::format(
                    "row {} has {} cells, the header has {}",
                    into.rows.size() + 1,
                    record->size(),
                    into.columns.size()
                )
            );
        }
        if (into.rows.size() == limits.rows_max) {
            return at_line(line, fmt::format("more than {} rows", limits.rows_max));
        }
        auto& row = into.rows.emplace_back();
        row.reserve(record->size());
        std::transform(record->begin(), record->end(), std::back_inserter(row), typed);
    }
    return {};
}

}  // namespace esm::tasks::data_processing
