// See prune_columns.hpp.
#include "services/tasks/handlers/data/prune_columns.hpp"

namespace esm::tasks::data {

namespace {

constexpr std::size_t left_out = ~std::size_t{0};

template <class Each>
void each_slot(bound_filter& of, Each each) {
    for (auto& slot : of.slots) each(slot);
}
template <class Each>
void each_slot(bound_map& of, Each each) {
    for (auto& column : of.columns) {
        for (auto& slot : column.slots) each(slot);
        each(column.into);
    }
}
template <class Each>
void each_slot(bound_join& of, Each each) {
    for (auto& slot : of.keys) each(slot);
    for (auto& slot : of.into) each(slot);
}
template <class Each>
void each_slot(bound_limit&, Each) {}
template <class Each>
void each_slot(bound_group& of, Each each) {
    for (auto& slot : of.keys) each(slot);
    for (auto& slot : of.firsts) each(slot);
    for (auto& slot : of.sources) {
        if (slot) each(*slot);
    }
}
template <class Each>
void each_slot(bound_sort& of, Each each) {
    for (auto& slot : of.columns) each(slot);
}
template <class Each>
void each_slot(segment& of, Each each) {
    for (auto& step : of.steps) {
        std::visit([&](auto& known) { each_slot(known, each); }, step);
    }
    if (of.end) std::visit([&](auto& known) { each_slot(known, each); }, *of.end);
}

// Where each slot goes; all made in the segment stay.
std::vector<std::size_t> renumbered(const std::vector<bool>& kept) {
    std::vector<std::size_t> places;
    std::size_t next = 0;
    for (const bool each : kept) places.push_back(each ? next++ : left_out);
    return places;
}

// Sorts carry only what is used behind them, and their keys.
void prune_sort(bound_sort& sort, std::vector<bool>& used) {
    for (const auto& key : sort.by) used[key.column] = true;
    std::vector<std::size_t> columns;
    std::vector<std::size_t> places(sort.columns.size(), left_out);
    for (std::size_t i = 0; i < sort.columns.size(); ++i) {
        if (!used[i]) continue;
        places[i] = columns.size();
        columns.push_back(sort.columns[i]);
    }
    for (auto& key : sort.by) key.column = places[key.column];
    sort.columns = std::move(columns);
}

}  // namespace

void prune_columns(bound_chain& chain, std::size_t input_columns) {
    for (auto i = chain.segments.size(); i-- > 0;) {
        auto& now = chain.segments[i];
        const bool is_last = i + 1 == chain.segments.size();
        std::vector<bool> used(now.slots, false);
        each_slot(now, [&](std::size_t& slot) { used[slot] = true; });
        if (is_last) {
            for (const auto slot : chain.outputs) used[slot] = true;
        }
        if (i > 0) {
            auto& before = *chain.segments[i - 1].end;
            if (auto* sort = std::get_if<bound_sort>(&before)) {
                prune_sort(*sort, used);
            } else {
                const auto& group = std::get<bound_group>(before);
                const auto given = group.keys.size() + group.firsts.size() + group.aggregates.size();
                for (std::size_t slot = 0; slot < given; ++slot) used[slot] = true;
            }
        }
        const auto places = renumbered(used);
        each_slot(now, [&](std::size_t& slot) { slot = places[slot]; });
        if (is_last) {
            for (auto& slot : chain.outputs) slot = places[slot];
        }
        now.slots = 0;
        for (const auto place : places) now.slots += place == left_out ? 0 : 1;
        for (std::size_t column = 0; i == 0 && column < input_columns; ++column) {
            if (places[column] != left_out) chain.wanted.push_back({column, places[column]});
        }
    }
}

}  // namespace esm::tasks::data
