// The second source of a join in memory, by its keys. Immutable once loaded; asked from many threads.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "services/tasks/handlers/data/steps.hpp"
#include "services/tasks/handlers/data/table_source.hpp"

namespace esm::tasks::data {

class join_table {
public:
    struct row {
        std::uint64_t hash;
        const row* next;  // with the same keys, in the order of the source
        row* last;        // of the first such row
    };

    // Reads the whole source. `bytes_left` is what its task's joins may still take, and is lessened.
    static checked<std::unique_ptr<join_table>> load(
        const join_step& how, work& current, const limits& bounds, read_meter& meter, std::size_t& bytes_left
    );

    // What it adds to a row, in the names of the result.
    const std::vector<std::string>& names() const { return names_; }
    // The first row with the keys; null where there is none, as for null keys.
    const row* find(std::span<const cell> keys) const;
    // The cells that it adds.
    std::span<const cell> added(const row* of) const { return {cells(of) + keys_, names_.size()}; }

private:
    struct probe {
        std::uint64_t hash;
        const cell* keys;
    };
    struct hash_of_row {
        using is_transparent = void;
        using is_avalanching = void;
        std::size_t operator()(const row* given) const { return given->hash; }
        std::size_t operator()(const probe& sought) const { return sought.hash; }
    };
    struct same_keys {
        using is_transparent = void;
        std::size_t keys;
        bool operator()(const row* left, const row* right) const {
            return same(left->hash, cells(left), right->hash, cells(right));
        }
        bool operator()(const probe& left, const row* right) const {
            return same(left.hash, left.keys, right->hash, cells(right));
        }
        bool operator()(const row* left, const probe& right) const { return (*this)(right, left); }
        bool same(std::uint64_t left, const cell* left_keys, std::uint64_t right, const cell* right_keys)
            const;
    };
    static const cell* cells(const row* of) { return reinterpret_cast<const cell*>(of + 1); }

    explicit join_table(std::size_t keys) : keys_(keys), rows_(0, hash_of_row{}, same_keys{keys}) {}
    checked<void> choose_columns(const join_step& how, const table_source& from);
    checked<void> add(const batch& rows);
    std::size_t memory_used() const { return memory_.bytes() + rows_.bucket_count() * (sizeof(row*) + 1); }

    const std::size_t keys_;
    std::vector<std::string> names_;
    std::vector<wanted_column> wanted_;
    std::vector<std::size_t> slots_;  // keys, then what is added
    arena memory_;
    boost::unordered_flat_set<row*, hash_of_row, same_keys> rows_;
};

}  // namespace esm::tasks::data
