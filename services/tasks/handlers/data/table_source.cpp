// See table_source.hpp.
#include "services/tasks/handlers/data/table_source.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <unordered_map>

namespace esm::tasks::data {

namespace {

// Below this a second thread costs more than it saves.
constexpr std::uint64_t parallel_min_bytes = std::uint64_t{4} << 20U;

class rows_reader final : public batch_reader {
public:
    rows_reader(
        const bj::array& rows, const std::vector<std::string>& columns, std::vector<wanted_column> wanted
    )
        : rows_(rows), wanted_(std::move(wanted)) {
        for (const auto& each : wanted_) slots_.emplace(columns[each.column], each.slot);
    }

    checked<fetched> next(batch& into) override {
        into.clear();
        into.part = 0;
        if (over_) return fetched::end;
        for (; into.rows < into.rows_max && next_ < rows_.size(); ++into.rows, ++next_) {
            for (const auto& each : wanted_) into.columns[each.slot][into.rows] = cell{};
            for (const auto& member : rows_[next_].get_object()) {
                const auto slot = slots_.find(std::string_view(member.key()));
                if (slot == slots_.end()) continue;
                into.columns[slot->second][into.rows] = cell_of(member.value()).value_or(cell{});
            }
        }
        if (into.rows > 0) return fetched::rows;
        over_ = true;
        return fetched::part_over;
    }
    part_counts counts() const override { return {0, rows_.size(), {}}; }

private:
    const bj::array& rows_;
    const std::vector<wanted_column> wanted_;
    std::unordered_map<std::string_view, std::size_t> slots_;
    std::size_t next_{0};
    bool over_{false};
};

// Inline JSON rows.
class rows_table final : public table_source {
public:
    explicit rows_table(const bj::array& rows) : rows_(rows) {}

    // Columns in the order of their first appearance.
    checked<void> find_columns(run_control& control) {
        constexpr std::size_t rows_between_looks = 1024;
        std::unordered_map<std::string_view, std::size_t> places;
        std::size_t cells = 0;
        for (std::size_t i = 0; i < rows_.size(); ++i) {
            if (i % rows_between_looks == 0 && control.should_stop()) return given_way();
            std::size_t width = 0;
            for (const auto& member : rows_[i].get_object()) {
                const auto [found, added] =
                    places.try_emplace(std::string_view(member.key()), columns_.size());
                if (added) columns_.emplace_back(member.key());
                width = std::max(width, found->second + 1);
            }
            cells += width;
            if (columns_.size() > inline_columns_max) {
                return wrong(fmt::format(
                    "row {}: the rows together have more than {} columns", i + 1, inline_columns_max
                ));
            }
            if (cells > inline_cells_max) {
                return wrong(fmt::format("row {}: more than {} cells", i + 1, inline_cells_max));
            }
        }
        return {};
    }

    const std::string& name() const override { return name_; }
    const std::vector<std::string>& columns() const override { return columns_; }
    bool is_empty() const override { return rows_.empty(); }
    std::vector<std::unique_ptr<batch_reader>> read(const std::vector<wanted_column>& wanted, std::size_t)
        override {
        std::vector<std::unique_ptr<batch_reader>> readers;
        readers.push_back(std::make_unique<rows_reader>(rows_, columns_, wanted));
        return readers;
    }
    std::size_t readers_max() const override { return 1; }

private:
    const std::string name_{"rows"};
    const bj::array& rows_;
    std::vector<std::string> columns_;
};

// The blocks of one input, shared by its readers.
class block_queue {
public:
    explicit block_queue(std::unique_ptr<block_source> from) : from_(std::move(from)) {}
    checked<bool> next(block& into) {
        const std::lock_guard lock(mutex_);
        return from_->next(into);
    }

private:
    std::mutex mutex_;
    const std::unique_ptr<block_source> from_;
};

class block_reader final : public batch_reader {
public:
    block_reader(std::shared_ptr<block_queue> from, std::unique_ptr<block_parser> parser)
        : from_(std::move(from)), parser_(std::move(parser)) {}

    checked<fetched> next(batch& into) override {
        into.clear();
        if (!in_block_) {
            const auto got = from_->next(block_);
            into.part = block_.part;
            if (!got) return got.error();
            if (!*got) return fetched::end;
            in_block_ = true;
            if (auto begun = parser_->start(block_); !begun) return begun.error();
        }
        into.part = block_.part;
        const auto filled = parser_->fill(into);
        if (!filled) return filled.error();
        if (*filled) return fetched::rows;
        if (block_.defect) return *block_.defect;
        in_block_ = false;
        return fetched::part_over;
    }
    part_counts counts() const override { return {parser_->lines(), parser_->rows(), {}}; }

private:
    const std::shared_ptr<block_queue> from_;
    const std::unique_ptr<block_parser> parser_;
    block block_;
    bool in_block_{false};
};

// CSV, JSON or NDJSON as text, inline or in a file.
class text_table final : public table_source {
public:
    text_table(local_file file, std::string_view text, const limits& bounds, read_meter& meter)
        : file_(std::move(file)), text_(text), bounds_(bounds), meter_(meter) {}

    checked<void> open(std::optional<data_format> format, char delimiter) {
        layout_.delimiter = delimiter;
        layout_.is_file = is_file();
        if (format) {
            format_ = *format;
        } else if (auto told = tell_format(); !told) {
            return told;
        }
        // JSON is read twice: its columns are known only at its end.
        if (is_file()) meter_.expect(file_.bytes * (format_ == data_format::csv ? 1 : 2));
        auto found = format_ == data_format::csv ? read_header() : find_columns();
        if (!found) return part_ledger(name(), {}).located(found.error(), 0);
        return {};
    }

    const std::string& name() const override { return file_.name; }
    const std::vector<std::string>& columns() const override { return layout_.columns; }
    bool is_empty() const override { return is_empty_; }
    std::vector<std::unique_ptr<batch_reader>> read(
        const std::vector<wanted_column>& wanted, std::size_t count
    ) override {
        auto opened = blocks(meter_);  // cannot fail: it was opened before
        auto queue = std::make_shared<block_queue>(std::move(*opened));
        std::vector<std::unique_ptr<batch_reader>> readers;
        for (std::size_t i = 0; i < count; ++i) {
            auto parser = format_ == data_format::csv
                              ? make_csv_parser(layout_, wanted, bounds_)
                              : make_json_parser(format_, layout_.columns, wanted, bounds_);
            readers.push_back(std::make_unique<block_reader>(queue, std::move(parser)));
        }
        return readers;
    }
    std::size_t readers_max() const override {
        return file_.bytes < parallel_min_bytes ? 1 : 1 + bounds_.helper_threads_max;
    }

private:
    bool is_file() const { return !file_.path.empty(); }

    checked<std::unique_ptr<block_source>> blocks(read_meter& meter) const {
        if (!is_file()) return make_block_source(format_, stream_of(text_), bounds_);
        auto stream = open_stream(file_.path, file_.name, bounds_.input_bytes, meter);
        if (!stream) return stream.error();
        return make_block_source(format_, std::move(*stream), bounds_);
    }

    // By the file's first character, unpacked: only JSON begins with a bracket, and only its lines with a
    // brace.
    checked<void> tell_format() {
        read_meter aside(meter_.control(), false);
        auto stream = open_stream(file_.path, file_.name, bounds_.input_bytes, aside);
        if (!stream) return stream.error();
        std::string head(256, '\0');
        const auto got = (*stream)->read(head.data(), head.size());
        if (!got) return got.error();
        head.resize(*got);
        if (head.starts_with("\xFF\xFE") || head.starts_with("\xFE\xFF")) {
            return wrong(fmt::format("{}: the file is UTF-16; it must be UTF-8", file_.name));
        }
        if (head.starts_with("\xEF\xBB\xBF")) head.erase(0, 3);
        const auto first = head.find_first_not_of(" \t\r\n");
        const char begin = first == std::string::npos ? '\0' : head[first];
        format_ = begin == '[' ? data_format::json : begin == '{' ? data_format::ndjson : data_format::csv;
        return {};
    }

    checked<void> read_header() {
        read_meter aside(meter_.control(), false);
        auto source = blocks(aside);
        if (!source) return source.error();
        block first;
        const auto got = (*source)->next(first);
        if (!got) return got.error();
        if (is_file() && first.lacks_line_end && first.size() == 1) {
            return wrong_line(1, "the file is empty: CSV begins with the names of its columns");
        }
        auto names = read_csv_header(first, layout_.delimiter, bounds_);
        if (!names) return names.error();
        layout_.columns = std::move(*names);
        return {};
    }

    checked<void> find_columns() {
        auto source = blocks(meter_);
        if (!source) return source.error();
        const auto finder = make_column_finder(format_, bounds_);
        part_ledger passed(name(), {});
        block each;
        for (;;) {
            if (meter_.should_stop()) return given_way();
            const auto got = (*source)->next(each);
            if (!got) return got.error();
            if (!*got) break;
            if (auto taken = finder->take(each); !taken) return passed.located(taken.error(), each.part);
            if (each.defect) return passed.located(*each.defect, each.part);
            const auto text = each.text();
            passed.add(
                each.part, {static_cast<std::uint64_t>(std::count(text.begin(), text.end(), '\n')), 0, {}}
            );
        }
        layout_.columns = finder->found();
        is_empty_ = finder->rows() == 0;
        return {};
    }

    const local_file file_;
    const std::string_view text_;
    const limits bounds_;
    read_meter& meter_;
    data_format format_{data_format::csv};
    csv_layout layout_;
    bool is_empty_{false};
};

}  // namespace

checked<std::unique_ptr<table_source>> open_table(
    const dataset& given, work& current, const limits& bounds, read_meter& meter
) {
    if (given.rows) {
        auto table = std::make_unique<rows_table>(*given.rows);
        if (auto found = table->find_columns(current.control()); !found) return found.error();
        return std::unique_ptr<table_source>(std::move(table));
    }
    local_file file;
    auto inline_bounds = bounds;
    if (given.text) {
        file.name = name_of(*given.format);
        inline_bounds.columns_max = std::min(bounds.columns_max, inline_columns_max);
    } else {
        auto found = given.records ? current.records(*given.records) : current.input(*given.file);
        if (!found) return wrong(found.error().detail);
        file = std::move(*found);
    }
    const bool is_text = given.text.has_value();
    auto table = std::make_unique<text_table>(
        std::move(file), given.text.value_or(std::string_view()), is_text ? inline_bounds : bounds, meter
    );
    const auto format = given.records ? data_format::ndjson : given.format;
    if (auto opened = table->open(format, given.delimiter); !opened) return opened.error();
    return std::unique_ptr<table_source>(std::move(table));
}

}  // namespace esm::tasks::data
