// Groups by their keys in bounded memory: a flat hash table that goes to scratch, cut by hash, when it is
// full; the pieces are then put together one after the other. One a thread.
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "services/tasks/handlers/data/aggregate.hpp"
#include "services/tasks/handlers/data/scratch_space.hpp"
#include "services/tasks/handlers/work.hpp"

namespace esm::tasks::data {

class group_table {
public:
    using entry = group_layout::entry;
    // The entry and its texts live until the function returns.
    using entry_function = std::function<checked<void>(const entry* given)>;

    // `level`: how often these groups were cut by hash before.
    group_table(
        const group_layout& layout,
        scratch_space& space,
        std::size_t memory_bytes,
        const run_control& control,
        std::size_t level = 0
    );
    ~group_table();

    // The group of the keys, made with `first` where there is none; then its firsts are null. Valid until
    // make_room.
    entry* find_or_add(std::uint64_t hash, const cell* keys, std::uint64_t first, bool& added);
    static std::uint64_t hash_of_keys(const cell* keys, std::size_t count);
    arena& texts() { return memory_; }

    // Goes to scratch where the memory is full; to be called between batches.
    checked<void> make_room();
    // Adds a group of another table.
    checked<void> merge(const entry* more);
    // Takes over what another table has, in memory and in scratch; that one is then empty.
    checked<void> absorb(group_table& other);
    // Hands out each group once, in no order, and forgets it; in memory at most what one table may have.
    checked<void> drain(const entry_function& take);
    bool spilled() const { return !pieces_.empty() || !absorbed_.empty(); }
    // Hands out groups by their first row; only where nothing was spilled.
    checked<void> drain_sorted(const entry_function& take);

private:
    struct probe {
        std::uint64_t hash;
        const cell* keys;
    };
    struct hash_of_entry {
        using is_transparent = void;
        using is_avalanching = void;
        std::size_t operator()(const entry* given) const { return given->hash; }
        std::size_t operator()(const probe& sought) const { return sought.hash; }
    };
    struct same_keys {
        using is_transparent = void;
        std::size_t keys;
        bool operator()(const entry* left, const entry* right) const {
            return same(left->hash, group_layout::cells(left), right->hash, group_layout::cells(right));
        }
        bool operator()(const probe& left, const entry* right) const {
            return same(left.hash, left.keys, right->hash, group_layout::cells(right));
        }
        bool operator()(const entry* left, const probe& right) const { return (*this)(right, left); }
        bool same(std::uint64_t left, const cell* left_keys, std::uint64_t right, const cell* right_keys)
            const {
            if (left != right) return false;
            for (std::size_t i = 0; i < keys; ++i) {
                if (!equal(left_keys[i], right_keys[i])) return false;
            }
            return true;
        }
    };

    std::size_t memory_used() const;
    std::size_t piece_of(std::uint64_t hash) const;
    checked<void> spill();
    checked<void> write(spill_file& to, const entry* given) const;
    checked<void> load(const spill_file& from);
    void clear();

    const group_layout& layout_;
    scratch_space& space_;
    const std::size_t memory_bytes_;
    const run_control& control_;
    const std::size_t level_;
    arena memory_;
    boost::unordered_flat_set<entry*, hash_of_entry, same_keys> groups_;
    std::vector<std::unique_ptr<spill_file>> pieces_;                 // by hash, while this table writes them
    std::vector<std::vector<std::unique_ptr<spill_file>>> absorbed_;  // of other tables
};

}  // namespace esm::tasks::data
