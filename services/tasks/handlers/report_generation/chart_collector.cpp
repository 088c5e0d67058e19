// Collects the values of a chart: categories by series, ordered, cut to what can be shown.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "services/tasks/handlers/report_generation/collector.hpp"

namespace esm::tasks::report_generation {

namespace {

constexpr std::size_t series_max = palette.size();
constexpr std::string_view no_name = "(none)";

// Values of a column in the order of their appearance, told apart by their encoding.
class name_list {
public:
    // Nothing where there would be more than `most`.
    std::optional<std::size_t> place_of(const cell& name, std::size_t most) {
        encoded_.clear();
        append_encoded(encoded_, name);
        const auto found = places_.find(encoded_);
        if (found != places_.end()) return found->second;
        if (names_.size() == most) return std::nullopt;
        places_.emplace(encoded_, names_.size());
        names_.push_back(encoded_);
        return names_.size() - 1;
    }
    std::size_t size() const { return names_.size(); }
    cell name(std::size_t place) const {
        std::string_view from = names_[place];
        return take_encoded(from);
    }

private:
    std::unordered_map<std::string, std::size_t> places_;
    std::vector<std::string> names_;
    std::string encoded_;
};

class chart_collector final : public collector {
public:
    chart_collector(const chart_plan& what, const number_style& style) : what_(what), style_(style) {}

    result<void> begin(const std::vector<std::string>& columns) override {
        auto where = find_columns(columns, what_.where);
        if (!where) return where.error();
        where_ = std::move(*where);
        const auto category = find_column(columns, what_.category.column);
        if (!category) return category.error();
        category_ = *category;
        if (!what_.split.empty()) {
            const auto split = find_column(columns, what_.split);
            if (!split) return split.error();
            split_ = *split;
        }
        auto found = find_columns(columns, what_.values);
        if (!found) return found.error();
        places_ = std::move(*found);
        return {};
    }

    result<void> take(const std::vector<cell>& row) override {
        if (!fits_all(what_.where, where_, row)) return {};
        const auto key = key_of(what_.category, row[category_], category_text_, label_max_bytes);
        if (!key) return key.error();
        if (what_.category.size != bucket::none && key->is_null()) return {};
        const auto category = categories_.place_of(*key, groups_max);
        std::optional<std::size_t> series = 0;
        if (split_) {
            const auto name =
                key_of({what_.split, {}, bucket::none}, row[*split_], split_text_, label_max_bytes);
            series = series_.place_of(*name, groups_max);
        }
        if (!category || !series || !make_room(*category, *series)) {
            return fail(
                errc::validation_failed,
                fmt::format("the chart has more than {} groups: group by another column", groups_max)
            );
        }
        for (std::size_t i = 0; i < what_.values.size(); ++i) {
            auto& counts = counts_.at({*category, split_ ? *series : i});
            if (const auto taken = counts.take(what_.values[i], places_[i], row, kept_); !taken) return taken;
        }
        return {};
    }

    result<block> finish() override {
        chart_block made{what_.title, what_.note, {}};
        made.shown.kind = what_.kind;
        made.shown.ordered = what_.category.size != bucket::none;
        made.shown.category_title = what_.category_title;
        made.shown.value_title = what_.value_title;
        made.shown.format = what_.values.front().format;
        auto categories = ordered_categories();
        auto series = ordered_series();
        if (categories.size() > groups_max) {
            return fail(
                errc::validation_failed,
                fmt::format("the times lie more than {} buckets apart: take a larger bucket", groups_max)
            );
        }
        if (const auto checked = check_pie(categories); !checked) return checked.error();
        const auto rest_categories =
            cut(categories, what_.limit, what_.kind != chart_kind::line && !made.shown.ordered);
        const auto rest_series = cut(series, series_max, true);
        add_notes(made, rest_categories, rest_series);
        fill(made.shown, categories, series);
        return block{std::move(made)};
    }

private:
    using place = std::pair<std::size_t, std::size_t>;  // category, series
    struct entry {
        std::string label;
        std::vector<std::size_t>
            members;  // places in the lists; several for the rest; none for an empty bucket
        bool rest{false};
    };

    const measure& measure_of(std::size_t series) const {
        return split_ ? what_.values.front() : what_.values[series];
    }
    bool can_add() const { return adds_up(what_.values.front().how) && (split_ || what_.values.size() == 1); }

    bool make_room(std::size_t category, std::size_t series) {
        const auto count = split_ ? 1 : what_.values.size();
        for (std::size_t i = 0; i < count; ++i) counts_.try_emplace({category, split_ ? series : i});
        return counts_.size() <= groups_max * count;
    }

    std::string label_of(const cell& name) const {
        if (what_.category.size != bucket::none) return bucket_label(name.whole(), what_.category.size);
        auto text = format_cell(name, {}, style_);
        return text.empty() ? std::string(no_name) : text;
    }

    double number_at(std::size_t category, std::size_t series) {
        const auto found = counts_.find({category, series});
        return found == counts_.end() ? std::nan("") : found->second.number(measure_of(series));
    }

    // What the category is ordered by: its first value, or all of its parts.
    double weight_of_category(std::size_t category) {
        if (!split_) return number_at(category, 0);
        double sum = 0;
        for (std::size_t i = 0; i < series_.size(); ++i) {
            const double value = number_at(category, i);
            if (!std::isnan(value)) sum += value;
        }
        return sum;
    }

    std::vector<entry> ordered_categories() {
        std::vector<std::size_t> places(categories_.size());
        std::vector<double> weights(places.size());
        for (std::size_t i = 0; i < places.size(); ++i) places[i] = i;
        if (what_.order == category_order::by_category) {
            std::sort(places.begin(), places.end(), [this](std::size_t a, std::size_t b) {
                return data::compare(categories_.name(a), categories_.name(b)) < 0;
            });
        } else if (what_.order == category_order::by_value) {
            for (std::size_t i = 0; i < places.size(); ++i) {
                const double weight = weight_of_category(i);
                weights[i] = std::isnan(weight) ? -std::numeric_limits<double>::infinity() : weight;
            }
            std::sort(places.begin(), places.end(), [&](std::size_t a, std::size_t b) {
                return weights[a] != weights[b] ? weights[a] > weights[b] : a < b;
            });
        }
        std::vector<entry> all;
        for (const auto each : places) all.push_back({label_of(categories_.name(each)), {each}});
        return what_.order == category_order::by_category && what_.category.size != bucket::none
                   ? with_gaps(places)
                   : all;
    }

    // Buckets without rows between others, and to the ends of the period, are empty ones.
    std::vector<entry> with_gaps(const std::vector<std::size_t>& places) const {
        std::vector<entry> all;
        const auto size = what_.category.size;
        auto next = places.empty() ? what_.from : categories_.name(places.front()).whole();
        if (what_.from != 0) next = std::min(next, bucket_start(what_.from, size));
        std::size_t at = 0;
        const auto last = what_.to == 0 ? std::numeric_limits<instant_us>::min() : what_.to - 1;
        while ((at < places.size() || next <= last) && all.size() <= groups_max) {
            const bool there = at < places.size() && categories_.name(places[at]).whole() == next;
            all.push_back({bucket_label(next, size), {}});
            if (there) all.back().members.push_back(places[at++]);
            next = next_bucket(next, size);
        }
        return all;
    }

    std::vector<entry> ordered_series() {
        std::vector<entry> all;
        if (!split_) {
            for (std::size_t i = 0; i < what_.values.size(); ++i) all.push_back({what_.values[i].title, {i}});
            return all;
        }
        std::vector<double> weights(series_.size());
        for (auto& [at, counts] : counts_) {
            const double value = counts.number(what_.values.front());
            if (!std::isnan(value)) weights[at.second] += std::abs(value);
        }
        for (std::size_t i = 0; i < series_.size(); ++i) {
            const auto text = format_cell(series_.name(i), {}, style_);
            all.push_back({text.empty() ? std::string(no_name) : text, {i}});
        }
        std::sort(all.begin(), all.end(), [&](const entry& a, const entry& b) {
            const auto left = a.members.front(), right = b.members.front();
            return weights[left] != weights[right] ? weights[left] > weights[right] : left < right;
        });
        return all;
    }

    result<void> check_pie(const std::vector<entry>& categories) {
        if (what_.kind != chart_kind::pie && what_.kind != chart_kind::donut) return {};
        for (const auto& each : categories) {
            const double value = each.members.empty() ? 0 : number_at(each.members.front(), 0);
            if (!(value < 0)) continue;
            return fail(
                errc::validation_failed,
                fmt::format("a pie has no place for values below zero: \"{}\" has {}", each.label, value)
            );
        }
        return {};
    }

    // Puts what is beyond `most` into one entry where values add up, else leaves it out; returns how many.
    std::size_t cut(std::vector<entry>& entries, std::size_t most, bool may_join) const {
        if (entries.size() <= most) return 0;
        const bool join = may_join && can_add() && most > 1;
        const auto kept = join ? most - 1 : most;
        const auto rest = entries.size() - kept;
        // Of days the latest matter, of others the first.
        if (!may_join && what_.category.size != bucket::none) {
            entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(rest));
            return rest;
        }
        entry joined{fmt::format("Other ({})", rest), {}, true};
        for (std::size_t i = kept; i < entries.size(); ++i) {
            joined.members.insert(joined.members.end(), entries[i].members.begin(), entries[i].members.end());
        }
        entries.resize(kept);
        if (join) entries.push_back(std::move(joined));
        return join ? 0 : rest;
    }

    static void add_notes(chart_block& made, std::size_t categories, std::size_t series) {
        const auto add = [&](const std::string& text) { made.note += (made.note.empty() ? "" : " ") + text; };
        if (categories > 0) add(fmt::format("{} more categories are not shown.", categories));
        if (series > 0) add(fmt::format("{} more series are not shown.", series));
    }

    double value_of(const entry& category, const entry& series) {
        accumulator joined;
        bool any = false;
        for (const auto c : category.members) {
            for (const auto s : series.members) {
                const auto found = counts_.find({c, s});
                if (found == counts_.end()) continue;
                if (category.members.size() == 1 && series.members.size() == 1) {
                    return found->second.number(measure_of(s));
                }
                joined.add(found->second);
                any = true;
            }
        }
        const auto& how = what_.values[split_ ? 0 : series.members.front()];
        // In a time when nothing happened, counts and sums are zero.
        if (!any) return adds_up(how.how) && what_.category.size != bucket::none ? 0 : std::nan("");
        return joined.number(how);
    }

    color color_of(const entry& named, std::size_t place) const {
        const auto found = what_.colors.find(named.label);
        if (found != what_.colors.end()) return found->second;
        return named.rest ? other_color : palette[place % palette.size()];
    }

    void fill(chart& into, const std::vector<entry>& categories, const std::vector<entry>& series) {
        for (std::size_t i = 0; i < categories.size(); ++i) {
            into.categories.push_back(categories[i].label);
            into.category_colors.push_back(color_of(categories[i], i));
        }
        for (std::size_t i = 0; i < series.size(); ++i) {
            chart_series made{series[i].label, {}, color_of(series[i], i)};
            for (const auto& each : categories) made.values.push_back(value_of(each, series[i]));
            into.series.push_back(std::move(made));
        }
        settle_decimals(into);
    }

    // All values with the same decimals, as many as they need but no more than five digits in all tell.
    static void settle_decimals(chart& shown) {
        if (shown.format.kind == value_kind::automatic) shown.format.kind = value_kind::number;
        if (shown.format.kind != value_kind::number || shown.format.decimals >= 0) return;
        int needed = 0;
        double largest = 0;
        for (const auto& series : shown.series) {
            for (const double value : series.values) {
                if (std::isnan(value)) continue;
                needed = std::max(needed, decimals_of(value, decimals_shown_max));
                largest = std::max(largest, std::abs(value));
            }
        }
        const int told = largest >= 10'000 ? 0 : largest >= 100 ? 1 : largest >= 10 ? 2 : 3;
        shown.format.decimals = std::min(needed, told);
    }

    const chart_plan& what_;
    const number_style& style_;
    std::vector<std::size_t> where_;
    std::size_t category_{0};
    std::optional<std::size_t> split_;
    std::vector<measure_columns> places_;
    name_list categories_, series_;
    std::map<place, accumulator> counts_;
    std::string category_text_, split_text_;
    std::size_t kept_{0};
};

}  // namespace

std::unique_ptr<collector> collect(const chart_plan& what, const number_style& style) {
    return std::make_unique<chart_collector>(what, style);
}

}  // namespace esm::tasks::report_generation
