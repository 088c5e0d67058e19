// See group_table.hpp.
#include "services/tasks/handlers/data/group_table.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace esm::tasks::data {

namespace {

constexpr std::size_t pieces_bits = 5;
constexpr std::size_t pieces_count = std::size_t{1} << pieces_bits;
// Behind the last cut the hashes are the same, so another helps no more.
constexpr std::size_t level_max = 64 / pieces_bits - 1;
constexpr std::size_t entries_between_looks = 4096;

}  // namespace

group_table::group_table(
    const group_layout& layout,
    scratch_space& space,
    std::size_t memory_bytes,
    const run_control& control,
    std::size_t level
)
    : layout_(layout),
      space_(space),
      memory_bytes_(memory_bytes),
      control_(control),
      level_(level),
      groups_(0, hash_of_entry{}, same_keys{layout.keys()}) {}
group_table::~group_table() = default;

std::uint64_t group_table::hash_of_keys(const cell* keys, std::size_t count) {
    std::uint64_t hash = count;
    for (std::size_t i = 0; i < count; ++i) hash = mixed(hash, hash_of(keys[i]));
    return hash;
}

group_table::entry* group_table::find_or_add(
    std::uint64_t hash, const cell* keys, std::uint64_t first, bool& added
) {
    const auto found = groups_.find(probe{hash, keys});
    added = found == groups_.end();
    if (!added) return *found;
    auto* made = new (memory_.allocate(layout_.entry_bytes())) entry{hash, first};
    auto* cells = group_layout::cells(made);
    for (std::size_t i = 0; i < layout_.keys(); ++i) new (cells + i) cell(memory_.store(keys[i]));
    for (std::size_t i = 0; i < layout_.firsts(); ++i) new (cells + layout_.keys() + i) cell();
    layout_.begin(made);
    groups_.insert(made);
    return made;
}

// The set holds a pointer and a byte for each of its places; it doubles, and then both exist for a moment.
std::size_t group_table::memory_used() const {
    return memory_.bytes() + groups_.bucket_count() * (sizeof(entry*) + 1);
}

std::size_t group_table::piece_of(std::uint64_t hash) const {
    return (hash >> (64 - pieces_bits * (level_ + 1))) % pieces_count;
}

checked<void> group_table::make_room() {
    if (memory_used() < memory_bytes_) return {};
    if (level_ > level_max) return wrong_in_step("too many groups whose keys have the same hash");
    return spill();
}

checked<void> group_table::spill() {
    if (pieces_.empty()) {
        for (std::size_t i = 0; i < pieces_count; ++i)
            pieces_.push_back(std::make_unique<spill_file>(space_));
    }
    std::size_t steps = 0;
    for (const auto* each : groups_) {
        if (++steps % entries_between_looks == 0 && control_.should_stop()) return given_way();
        if (auto done = write(*pieces_[piece_of(each->hash)], each); !done) return done;
    }
    clear();
    return {};
}

void group_table::clear() {
    groups_ = decltype(groups_)(0, hash_of_entry{}, same_keys{layout_.keys()});
    memory_.clear();
}

checked<void> group_table::write(spill_file& to, const entry* given) const {
    const auto* bytes = reinterpret_cast<const char*>(given);
    if (auto done = to.append(bytes, layout_.entry_bytes()); !done) return done;
    for (const auto offset : layout_.cell_offsets()) {
        const auto& each = *reinterpret_cast<const cell*>(bytes + offset);
        if (!each.is_text()) continue;
        if (auto done = to.append(each.text().data(), each.text().size()); !done) return done;
    }
    return {};
}

checked<void> group_table::load(const spill_file& from) {
    spill_reader reader(from);
    arena one;
    for (std::size_t steps = 1;; ++steps) {
        if (steps % entries_between_looks == 0 && control_.should_stop()) return given_way();
        one.clear();
        auto* bytes = one.allocate(layout_.entry_bytes());
        if (!reader.read(bytes, layout_.entry_bytes())) return {};
        for (const auto offset : layout_.cell_offsets()) {
            auto& each = *reinterpret_cast<cell*>(bytes + offset);
            if (!each.is_text()) continue;
            auto* text = one.allocate(each.text().size());
            reader.read(text, each.text().size());
            each = each.moved_to(text);
        }
        if (auto merged = merge(reinterpret_cast<const entry*>(bytes)); !merged) return merged;
        if (auto room = make_room(); !room) return room;
    }
}

checked<void> group_table::merge(const entry* more) {
    bool added = false;
    auto* into = find_or_add(more->hash, group_layout::cells(more), more->first, added);
    if (added) {
        const auto keys = layout_.keys();
        for (std::size_t i = keys; i < keys + layout_.firsts(); ++i) {
            group_layout::cells(into)[i] = memory_.store(group_layout::cells(more)[i]);
        }
    }
    return layout_.merge(into, more, memory_);
}

checked<void> group_table::absorb(group_table& other) {
    std::size_t steps = 0;
    for (const auto* each : other.groups_) {
        if (++steps % entries_between_looks == 0 && control_.should_stop()) return given_way();
        if (auto done = merge(each); !done) return done;
        if (auto room = make_room(); !room) return room;
    }
    other.clear();
    if (!other.pieces_.empty()) absorbed_.push_back(std::move(other.pieces_));
    for (auto& each : other.absorbed_) absorbed_.push_back(std::move(each));
    other.pieces_.clear();
    other.absorbed_.clear();
    return {};
}

checked<void> group_table::drain(const entry_function& take) {
    if (!spilled()) {
        std::size_t steps = 0;
        for (const auto* each : groups_) {
            if (++steps % entries_between_looks == 0 && control_.should_stop()) return given_way();
            if (auto done = take(each); !done) return done;
        }
        clear();
        return {};
    }
    if (auto done = spill(); !done) return done;
    absorbed_.push_back(std::move(pieces_));
    pieces_.clear();
    for (std::size_t i = 0; i < pieces_count; ++i) {
        group_table part(layout_, space_, memory_bytes_, control_, level_ + 1);
        for (auto& each : absorbed_) {
            if (auto closed = each[i]->close(); !closed) return closed;
            if (auto loaded = part.load(*each[i]); !loaded) return loaded;
            each[i].reset();
        }
        if (auto done = part.drain(take); !done) return done;
    }
    absorbed_.clear();
    return {};
}

checked<void> group_table::drain_sorted(const entry_function& take) {
    std::vector<const entry*> sorted(groups_.begin(), groups_.end());
    std::sort(sorted.begin(), sorted.end(), [](const entry* left, const entry* right) {
        return left->first < right->first;
    });
    std::size_t steps = 0;
    for (const auto* each : sorted) {
        if (++steps % entries_between_looks == 0 && control_.should_stop()) return given_way();
        if (auto done = take(each); !done) return done;
    }
    clear();
    return {};
}

}  // namespace esm::tasks::data
