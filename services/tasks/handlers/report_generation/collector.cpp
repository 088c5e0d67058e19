// See collector.hpp.
#include "services/tasks/handlers/report_generation/collector.hpp"

#include <fmt/format.h>

#include "platform/base/utf8.hpp"

namespace esm::tasks::report_generation {

namespace {

constexpr std::size_t named_columns_max = 20;

std::optional<instant_us> instant_in(const cell& given) {
    if (!given.is_text()) return std::nullopt;
    constexpr std::size_t day_length = 10;  // 2026-11-26
    if (given.text().size() == day_length) return parse_instant(fmt::format("{}T00:00:00Z", given.text()));
    return parse_instant(given.text());
}

class figures_collector final : public collector {
public:
    figures_collector(const figures_plan& what, const number_style& style)
        : what_(what), style_(style), counts_(what.figures.size()) {}

    result<void> begin(const std::vector<std::string>& columns) override {
        auto where = find_columns(columns, what_.where);
        if (!where) return where.error();
        where_ = std::move(*where);
        auto found = find_columns(columns, what_.figures);
        if (!found) return found.error();
        places_ = std::move(*found);
        return {};
    }

    result<void> take(const std::vector<cell>& row) override {
        if (!fits_all(what_.where, where_, row)) return {};
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            if (const auto taken = counts_[i].take(what_.figures[i], places_[i], row, kept_); !taken)
                return taken;
        }
        return {};
    }

    result<block> finish() override {
        figures_block made{what_.title, {}};
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            const auto value = counts_[i].value(what_.figures[i]);
            auto format = what_.figures[i].format;
            if (format.kind == value_kind::automatic && value.is_number()) format.kind = value_kind::number;
            const auto text = format_cell(value, format, style_);
            made.figures.push_back({what_.figures[i].title, text.empty() ? "—" : text});
        }
        return block{std::move(made)};
    }

private:
    const figures_plan& what_;
    const number_style& style_;
    std::vector<std::size_t> where_;
    std::vector<measure_columns> places_;
    std::vector<accumulator> counts_;
    std::size_t kept_{0};
};

}  // namespace

std::unique_ptr<collector> collect(const figures_plan& what, const number_style& style) {
    return std::make_unique<figures_collector>(what, style);
}

result<std::size_t> find_column(const std::vector<std::string>& columns, std::string_view name) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i] == name) return i;
    }
    std::string known;
    for (std::size_t i = 0; i < std::min(columns.size(), named_columns_max); ++i) {
        known += fmt::format("{}\"{}\"", i == 0 ? "" : ", ", columns[i]);
    }
    if (columns.size() > named_columns_max) known += ", …";
    return fail(
        errc::validation_failed,
        fmt::format(
            "there is no column \"{}\"; {}",
            name,
            known.empty() ? "there are none" : "the columns are " + known
        )
    );
}

result<std::vector<std::size_t>> find_columns(
    const std::vector<std::string>& columns, const std::vector<data::filter_rule>& rules
) {
    std::vector<std::size_t> places;
    for (const auto& each : rules) {
        const auto found = find_column(columns, each.column);
        if (!found) return found.error();
        places.push_back(*found);
    }
    return places;
}

result<std::vector<measure_columns>> find_columns(
    const std::vector<std::string>& columns, const std::vector<measure>& measures
) {
    std::vector<measure_columns> all;
    for (const auto& each : measures) {
        measure_columns places;
        if (!each.column.empty()) {
            const auto found = find_column(columns, each.column);
            if (!found) return found.error();
            places.column = *found;
        }
        auto where = find_columns(columns, each.where);
        if (!where) return where.error();
        places.where = std::move(*where);
        all.push_back(std::move(places));
    }
    return all;
}

std::string shortened(std::string_view text, std::size_t max_bytes) {
    if (text.size() <= max_bytes) return std::string(text);
    return std::string(cut_utf8(text, max_bytes)) + "…";
}

result<cell> key_of(const key_column& key, const cell& given, std::string& text, std::size_t text_max_bytes) {
    if (key.size == bucket::none) {
        if (!given.is_text() || given.text().size() <= text_max_bytes) return given;
        text = shortened(given.text(), text_max_bytes);
        return cell(std::string_view(text));
    }
    if (given.is_null()) return cell();
    const auto instant = instant_in(given);
    if (!instant) {
        return fail(
            errc::validation_failed,
            fmt::format(
                "column \"{}\": must be an RFC 3339 instant or a date, not {}",
                key.column,
                data::describe(given)
            )
        );
    }
    return cell(bucket_start(*instant, key.size));
}

}  // namespace esm::tasks::report_generation
