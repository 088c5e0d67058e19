// See join_table.hpp.
#include "services/tasks/handlers/data/join_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <new>

#include "services/tasks/handlers/data/bound_steps.hpp"
#include "services/tasks/handlers/data/group_table.hpp"

namespace esm::tasks::data {

bool join_table::same_keys::same(
    std::uint64_t left, const cell* left_keys, std::uint64_t right, const cell* right_keys
) const {
    if (left != right) return false;
    for (std::size_t i = 0; i < keys; ++i) {
        if (!equal(left_keys[i], right_keys[i])) return false;
    }
    return true;
}

checked<void> join_table::choose_columns(const join_step& how, const table_source& from) {
    const auto& columns = from.columns();
    const auto want = [&](const std::string& name) -> checked<void> {
        const auto column = require_column(columns, name);
        if (!column) return wrong(fmt::format("{}: {}", from.name(), column.error().text));
        const auto known = std::find_if(wanted_.begin(), wanted_.end(), [&](const wanted_column& each) {
            return each.column == *column;
        });
        slots_.push_back(known == wanted_.end() ? wanted_.size() : known->slot);
        if (known == wanted_.end()) wanted_.push_back({*column, wanted_.size()});
        return {};
    };
    for (const auto& key : how.on) {
        if (auto done = want(key.right); !done) return done;
    }
    if (how.columns) {
        for (const auto& [column, name] : *how.columns) {
            if (auto done = want(column); !done) return done;
            names_.push_back(how.prefix + name);
        }
        return {};
    }
    for (const auto& column : columns) {
        const bool is_key = std::any_of(how.on.begin(), how.on.end(), [&](const join_step::key& each) {
            return each.right == column;
        });
        if (is_key) continue;
        if (auto done = want(column); !done) return done;
        names_.push_back(how.prefix + column);
    }
    return {};
}

checked<void> join_table::add(const batch& rows) {
    for (std::size_t i = 0; i < rows.rows; ++i) {
        auto* made =
            new (memory_.allocate(sizeof(row) + slots_.size() * sizeof(cell))) row{0, nullptr, nullptr};
        auto* place = reinterpret_cast<cell*>(made + 1);
        bool has_null = false;
        for (std::size_t j = 0; j < slots_.size(); ++j) {
            const auto& given = rows.columns[slots_[j]][i];
            has_null = has_null || (j < keys_ && given.is_null());
            new (place + j) cell(memory_.store(given));
        }
        if (has_null) continue;
        made->hash = group_table::hash_of_keys(place, keys_);
        made->last = made;
        const auto [found, added] = rows_.insert(made);
        if (added) continue;
        (*found)->last->next = made;
        (*found)->last = made;
    }
    return {};
}

checked<std::unique_ptr<join_table>> join_table::load(
    const join_step& how, work& current, const limits& bounds, read_meter& meter, std::size_t& bytes_left
) {
    auto source = open_table(how.with, current, bounds, meter);
    if (!source) return source.error();
    std::unique_ptr<join_table> made(new join_table(how.on.size()));
    if (auto chosen = made->choose_columns(how, **source); !chosen) return chosen.error();
    part_ledger ledger((*source)->name(), {});
    const auto readers = (*source)->read(made->wanted_, 1);
    auto& reader = *readers.front();
    batch rows(made->wanted_.size());
    for (;;) {
        if (meter.should_stop()) return given_way();
        const auto got = reader.next(rows);
        if (!got) return ledger.located(got.error(), rows.part);
        if (*got == batch_reader::fetched::end) break;
        if (*got == batch_reader::fetched::part_over) {
            ledger.add(rows.part, reader.counts());
            continue;
        }
        if (auto added = made->add(rows); !added) return added.error();
        if (made->memory_used() > bytes_left) {
            return wrong(fmt::format(
                "{}: the second sources of joins need more than {} bytes of memory "
                "(tasks.data_join_max_bytes): "
                "give the smaller source as the second, or name fewer of its columns",
                (*source)->name(),
                bounds.join_bytes
            ));
        }
    }
    bytes_left -= made->memory_used();
    return made;
}

const join_table::row* join_table::find(std::span<const cell> keys) const {
    for (const auto& each : keys) {
        if (each.is_null()) return nullptr;
    }
    const auto found = rows_.find(probe{group_table::hash_of_keys(keys.data(), keys.size()), keys.data()});
    return found == rows_.end() ? nullptr : *found;
}

}  // namespace esm::tasks::data
