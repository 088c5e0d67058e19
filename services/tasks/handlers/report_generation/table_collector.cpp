// Collects the rows of a table: as they come, the first of an order, or one a group.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "services/tasks/handlers/report_generation/collector.hpp"

namespace esm::tasks::report_generation {

namespace {

// What the cells of a column have in common: how it is shown where the parameters do not say.
class column_facts {
public:
    void take(const cell& given) {
        if (given.is_null()) return;
        any_ = true;
        all_numbers_ = all_numbers_ && given.is_number();
        all_instants_ = all_instants_ && given.is_text() && is_instant(given.text());
        if (given.is_number() && !given.is_whole()) {
            decimals_ = std::max(decimals_, decimals_of(given.number(), decimals_shown_max));
        }
    }

    void settle(table_column& shown, const std::optional<alignment>& asked) const {
        const bool numbers = any_ && all_numbers_;
        if (shown.format.kind == value_kind::automatic) {
            if (any_ && all_instants_) shown.format.kind = value_kind::date_time;
            // All with the same decimals, so that the points stand below each other.
            if (numbers && shown.format.decimals < 0) shown.format.decimals = decimals_;
        }
        const bool of_numbers =
            shown.format.kind == value_kind::number || shown.format.kind == value_kind::percent ||
            shown.format.kind == value_kind::bytes || shown.format.kind == value_kind::duration;
        shown.aligned = asked.value_or(numbers || of_numbers ? alignment::right : alignment::left);
    }

private:
    static bool is_instant(std::string_view text) {
        return text.size() >= 20 && text[10] == 'T' && parse_instant(text).has_value();
    }

    bool any_{false}, all_numbers_{true}, all_instants_{true};
    int decimals_{0};
};

// Sums of columns that ask for one.
class column_total {
public:
    void take(const cell& given) {
        if (given.is_number()) sum_ += given.number();
    }
    std::string text(const value_format& format, const number_style& style) const {
        return format_value(static_cast<double>(sum_), format, style);
    }

private:
    long double sum_{0};
};

// The first rows of an order, those that are equal as they came: a heap whose top is the last of them.
class first_rows {
public:
    first_rows(std::size_t most, bool descending) : most_(most), descending_(descending) {}

    result<void> take(const cell& key, const std::vector<cell>& row) {
        entry added{{}, {}, next_++};
        append_encoded(added.key, key);
        const auto before = [this](const entry& a, const entry& b) { return comes_before(a, b); };
        if (heap_.size() == most_ && !before(added, heap_.front())) return {};
        for (const auto& each : row) append_encoded(added.row, each);
        bytes_ += added.key.size() + added.row.size();
        heap_.push_back(std::move(added));
        std::push_heap(heap_.begin(), heap_.end(), before);
        if (heap_.size() > most_) {
            std::pop_heap(heap_.begin(), heap_.end(), before);
            bytes_ -= heap_.back().key.size() + heap_.back().row.size();
            heap_.pop_back();
        }
        if (bytes_ <= sorted_max_bytes) return {};
        return fail(
            errc::validation_failed,
            fmt::format("sorting keeps more than {} bytes: lower the table's limit", sorted_max_bytes)
        );
    }

    void write(row_writer& to) {
        std::sort(heap_.begin(), heap_.end(), [this](const entry& a, const entry& b) {
            return comes_before(a, b);
        });
        std::vector<cell> row;
        for (const auto& each : heap_) {
            row.clear();
            for (std::string_view rest = each.row; !rest.empty();) row.push_back(take_encoded(rest));
            to.append(row);
        }
        heap_.clear();
    }

private:
    struct entry {
        std::string key, row;
        std::uint64_t number{0};
    };

    bool comes_before(const entry& a, const entry& b) const {
        std::string_view left = a.key, right = b.key;
        const auto order = data::compare(take_encoded(left), take_encoded(right));
        if (order != 0) return descending_ ? order > 0 : order < 0;
        return a.number < b.number;
    }

    const std::size_t most_;
    const bool descending_;
    std::vector<entry> heap_;
    std::uint64_t next_{0};
    std::size_t bytes_{0};
};

// Rows as the table shows them, on their way into its file.
class table_rows {
public:
    table_rows(const table_plan& what, std::filesystem::path file)
        : what_(what), writer_(std::move(file)), first_(what.limit, what.descending) {}

    // `given` are the columns there are; the plan may pick some of them.
    result<void> begin(const std::vector<std::string>& given) {
        columns_ = what_.columns;
        if (columns_.empty()) {
            for (std::size_t i = 0; i < std::min(given.size(), columns_max); ++i)
                columns_.push_back({given[i]});
            left_out_ = given.size() - columns_.size();
        }
        for (const auto& each : columns_) {
            const auto found = find_column(given, each.column);
            if (!found) return found.error();
            places_.push_back(*found);
        }
        if (!what_.sort_column.empty()) {
            const auto found = find_column(given, what_.sort_column);
            if (!found) return found.error();
            sort_place_ = *found;
        }
        make_places();
        return {};
    }

    void begin_empty() {
        columns_ = what_.columns;
        if (columns_.empty()) columns_.push_back({"No data"});
        make_places();
    }

    // Formats of columns that the plan does not list.
    void set_formats(const std::vector<value_format>& formats) {
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            if (columns_[i].format.kind == value_kind::automatic && columns_[i].format.decimals < 0) {
                columns_[i].format = formats[places_[i]];
            }
        }
    }

    result<void> take(const std::vector<cell>& row) {
        ++rows_;
        shown_.clear();
        for (std::size_t i = 0; i < places_.size(); ++i) {
            cell each = row[places_[i]];
            if (columns_[i].total) totals_[i].take(each);
            if (each.is_text() && each.text().size() > cell_max_bytes) {
                texts_[i] = shortened(each.text(), cell_max_bytes);
                each = cell(std::string_view(texts_[i]));
            }
            shown_.push_back(each);
        }
        if (sort_place_) {
            take_facts();
            return first_.take(row[*sort_place_], shown_);
        }
        if (rows_ > what_.limit) return {};
        take_facts();
        writer_.append(shown_);
        return {};
    }

    table_block finish(const number_style& style) {
        if (sort_place_) first_.write(writer_);
        table_block made{what_.title, what_.note, {}, writer_.finish(), {}};
        bool totals = false;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            const auto& column = columns_[i];
            made.columns.push_back(
                {column.title.empty() ? column.column : column.title,
                 alignment::left,
                 column.format,
                 column.share}
            );
            facts_[i].settle(made.columns.back(), column.aligned);
            totals = totals || column.total;
        }
        if (totals) made.totals = total_texts(made, style);
        add_notes(made, style);
        return made;
    }

private:
    void make_places() {
        facts_.resize(columns_.size());
        totals_.resize(columns_.size());
        texts_.resize(columns_.size());
    }

    void take_facts() {
        for (std::size_t i = 0; i < shown_.size(); ++i) facts_[i].take(shown_[i]);
    }

    std::vector<std::string> total_texts(const table_block& made, const number_style& style) const {
        std::vector<std::string> texts;
        for (std::size_t i = 0; i < columns_.size(); ++i) {
            texts.push_back(columns_[i].total ? totals_[i].text(made.columns[i].format, style) : "");
        }
        if (!columns_.front().total) texts.front() = "Total";
        return texts;
    }

    void add_notes(table_block& made, const number_style& style) const {
        const auto add = [&](const std::string& text) { made.note += (made.note.empty() ? "" : " ") + text; };
        const auto count = [&](std::uint64_t n) { return format_number(static_cast<double>(n), 0, style); };
        if (rows_ == 0) add("There are no rows.");
        if (made.rows.rows < rows_) {
            add(fmt::format("The first {} of {} rows.", count(made.rows.rows), count(rows_)));
            if (made.totals) add("Totals are of all rows.");
        }
        if (left_out_ > 0) add(fmt::format("{} more columns are not shown.", left_out_));
    }

    const table_plan& what_;
    row_writer writer_;
    first_rows first_;
    std::vector<column_plan> columns_;
    std::vector<std::size_t> places_;
    std::optional<std::size_t> sort_place_;
    std::vector<column_facts> facts_;
    std::vector<column_total> totals_;
    std::vector<std::string> texts_;  // cut cells of the row at hand
    std::vector<cell> shown_;
    std::uint64_t rows_{0};
    std::size_t left_out_{0};
};

class plain_table final : public collector {
public:
    plain_table(const table_plan& what, const number_style& style, std::filesystem::path file)
        : what_(what), style_(style), rows_(what, std::move(file)) {}

    result<void> begin(const std::vector<std::string>& columns) override {
        auto where = find_columns(columns, what_.where);
        if (!where) return where.error();
        where_ = std::move(*where);
        return rows_.begin(columns);
    }
    void begin_empty() override { rows_.begin_empty(); }
    result<void> take(const std::vector<cell>& row) override {
        if (!fits_all(what_.where, where_, row)) return {};
        return rows_.take(row);
    }
    result<block> finish() override { return block{rows_.finish(style_)}; }

private:
    const table_plan& what_;
    const number_style& style_;
    std::vector<std::size_t> where_;
    table_rows rows_;
};

class grouped_table final : public collector {
public:
    grouped_table(const table_plan& what, const number_style& style, std::filesystem::path file)
        : what_(what), style_(style), rows_(what, std::move(file)), key_texts_(what.keys.size()) {}

    result<void> begin(const std::vector<std::string>& columns) override {
        auto where = find_columns(columns, what_.where);
        if (!where) return where.error();
        where_ = std::move(*where);
        for (const auto& each : what_.keys) {
            const auto found = find_column(columns, each.column);
            if (!found) return found.error();
            keys_.push_back(*found);
        }
        auto found = find_columns(columns, what_.measures);
        if (!found) return found.error();
        places_ = std::move(*found);
        return begin_rows();
    }

    void begin_empty() override { rows_.begin_empty(); }

    result<void> take(const std::vector<cell>& row) override {
        if (!fits_all(what_.where, where_, row)) return {};
        encoded_.clear();
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            const auto key = key_of(what_.keys[i], row[keys_[i]], key_texts_[i], label_max_bytes);
            if (!key) return key.error();
            append_encoded(encoded_, *key);
        }
        const auto [group, added] = places_of_groups_.try_emplace(encoded_, groups_.size());
        if (added) {
            if (groups_.size() == groups_max) {
                return fail(
                    errc::validation_failed,
                    fmt::format("the table has more than {} groups: group by other columns", groups_max)
                );
            }
            groups_.push_back({encoded_, std::vector<accumulator>(what_.measures.size())});
        }
        auto& counts = groups_[group->second].second;
        for (std::size_t i = 0; i < counts.size(); ++i) {
            if (const auto taken = counts[i].take(what_.measures[i], places_[i], row, kept_); !taken)
                return taken;
        }
        return {};
    }

    result<block> finish() override {
        std::vector<cell> row;
        std::vector<std::string> labels(what_.keys.size());
        for (auto& [encoded, counts] : groups_) {
            row.clear();
            std::string_view rest = encoded;
            for (std::size_t i = 0; i < what_.keys.size(); ++i) {
                row.push_back(shown_key(i, take_encoded(rest), labels[i]));
            }
            for (std::size_t i = 0; i < counts.size(); ++i) row.push_back(counts[i].value(what_.measures[i]));
            if (const auto taken = rows_.take(row); !taken) return taken.error();
        }
        return block{rows_.finish(style_)};
    }

private:
    // Buckets are dates, which order as their texts do.
    cell shown_key(std::size_t place, const cell& key, std::string& text) const {
        const auto size = what_.keys[place].size;
        if (size == bucket::none || key.is_null()) return key;
        text = size == bucket::hour ? format_date_time(key.whole()) : format_date(key.whole());
        if (size == bucket::month) text.resize(7);
        return cell(std::string_view(text));
    }

    result<void> begin_rows() {
        std::vector<std::string> columns;
        std::vector<value_format> formats;
        for (const auto& each : what_.keys) {
            columns.push_back(each.title.empty() ? each.column : each.title);
            formats.emplace_back();
        }
        for (const auto& each : what_.measures) {
            columns.push_back(each.title);
            formats.push_back(each.format);
        }
        auto begun = rows_.begin(columns);
        if (begun) rows_.set_formats(formats);
        return begun;
    }

    const table_plan& what_;
    const number_style& style_;
    table_rows rows_;
    std::vector<std::size_t> where_, keys_;
    std::vector<measure_columns> places_;
    std::unordered_map<std::string, std::size_t> places_of_groups_;
    std::vector<std::pair<std::string, std::vector<accumulator>>> groups_;
    std::vector<std::string> key_texts_;
    std::string encoded_;
    std::size_t kept_{0};
};

}  // namespace

std::unique_ptr<collector> collect(
    const table_plan& what,
    const number_style& style,
    const std::filesystem::path& scratch,
    std::size_t number
) {
    auto file = scratch / fmt::format("section-{}.rows", number);
    if (what.keys.empty()) return std::make_unique<plain_table>(what, style, std::move(file));
    return std::make_unique<grouped_table>(what, style, std::move(file));
}

}  // namespace esm::tasks::report_generation
