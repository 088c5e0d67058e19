// See create_batch.hpp.
#include "services/tasks/create_batch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "services/tasks/errors.hpp"
#include "services/tasks/task_json.hpp"

namespace esm::tasks {

namespace {

using batch_draft = create_batch::draft;

constexpr std::size_t cycle_names_max = 20;  // in one answer

error bad_ref(std::string pointer, std::string code, std::string message) {
    std::vector<field_error> problems;
    problems.push_back({std::move(pointer), std::move(code), std::move(message)});
    return rules_broken(std::move(problems));
}

std::string name_of(const batch_draft& batch, std::size_t item) {
    return batch.items[item].ref.value_or(fmt::format("/tasks/{}", item));
}

error parent_refused(const std::string& name) {
    return bad_ref(
        "/dependsOn", "parent_refused", fmt::format("the task \"{}\" of this batch was refused", name)
    );
}

// A ref that two tasks have names neither: both are refused, and so is who depends on it.
std::map<std::string_view, std::size_t> name_items(std::vector<batch_item>& items) {
    std::map<std::string_view, std::size_t> names;
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (!items[i].ref) continue;
        const auto [first, added] = names.emplace(*items[i].ref, i);
        if (added) continue;
        for (auto* each : {&items[first->second], &items[i]}) {
            if (!each->refused) {
                each->refused = bad_ref("/ref", "duplicate", "another task of this batch has it too");
            }
        }
    }
    return names;
}

// Tasks of two users must not know of each other.
bool may_follow(const batch_item& child, const batch_item& parent) {
    return parent.refused || parent.given.user_id == child.given.user_id;
}

// Finds out who depends on whom.
void link_items(batch_draft& batch) {
    auto& items = batch.items;
    const auto names = name_items(items);
    batch.parents.resize(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (items[i].refused) continue;
        std::vector<field_error> problems;
        for (const auto& each : items[i].siblings) {
            const auto found = names.find(each.ref);
            if (found == names.end() || !may_follow(items[i], items[found->second])) {
                problems.push_back(
                    {fmt::format("/dependsOn/{}", each.at),
                     "not_found",
                     fmt::format("\"{}\" is the ref of no task in this batch", each.ref)}
                );
            } else {
                batch.parents[i].push_back(found->second);
            }
        }
        if (!problems.empty()) items[i].refused = rules_broken(std::move(problems));
    }
}

// Orders the items by their parents, and breaks the cycles that it meets.
class sorter {
public:
    explicit sorter(batch_draft& batch)
        : batch_(batch), waits_for_(batch.items.size()), children_(batch.items.size()) {}

    void run() {
        for (std::size_t i = 0; i < batch_.items.size(); ++i) {
            waits_for_[i] = batch_.parents[i].size();
            for (const auto parent : batch_.parents[i]) children_[parent].push_back(i);
        }
        done_.resize(batch_.items.size());
        for (std::size_t i = 0; i < batch_.items.size(); ++i) {
            if (waits_for_[i] == 0) put(i);
        }
        follow();
        // Who is left waits in a cycle, or for one.
        for (std::size_t i = 0; i < batch_.items.size(); ++i) {
            if (done_[i]) continue;
            const auto cycle = find_cycle(i);
            refuse(cycle);
            for (const auto each : cycle) put(each);
            follow();
            if (!done_[i]) --i;  // it waits for yet another cycle
        }
    }

private:
    void put(std::size_t item) {
        if (done_[item]) return;
        done_[item] = true;
        batch_.order.push_back(item);
    }

    void follow() {
        for (; told_ < batch_.order.size(); ++told_) {
            for (const auto child : children_[batch_.order[told_]]) {
                if (--waits_for_[child] == 0) put(child);
            }
        }
    }

    // Each one that is left has a parent that is left: going on from there must come back.
    std::vector<std::size_t> find_cycle(std::size_t from) const {
        std::vector<std::size_t> way;
        std::vector<bool> seen(batch_.items.size());
        while (!seen[from]) {
            seen[from] = true;
            way.push_back(from);
            const auto& parents = batch_.parents[from];
            from = *std::find_if(parents.begin(), parents.end(), [this](std::size_t each) {
                return !done_[each];
            });
        }
        way.erase(way.begin(), std::find(way.begin(), way.end(), from));
        return way;
    }

    void refuse(const std::vector<std::size_t>& cycle) {
        std::string names;
        for (std::size_t i = 0; i < std::min(cycle.size(), cycle_names_max); ++i) {
            names += fmt::format("\"{}\" → ", name_of(batch_, cycle[i]));
        }
        if (cycle.size() > cycle_names_max) names += "… → ";
        names += fmt::format("\"{}\"", name_of(batch_, cycle.front()));
        for (const auto each : cycle) {
            batch_.items[each].refused =
                bad_ref("/dependsOn", "cycle", fmt::format("these wait for each other: {}", names));
        }
    }

    batch_draft& batch_;
    std::vector<std::size_t> waits_for_;
    std::vector<std::vector<std::size_t>> children_;
    std::vector<bool> done_;
    std::size_t told_{0};  // of the order, whose children know
};

}  // namespace

awaitable<create_batch::draft> create_batch::prepare(const context& ctx, std::vector<batch_item> items) {
    draft batch;
    batch.items = std::move(items);
    batch.tasks.resize(batch.items.size());
    batch.order.reserve(batch.items.size());
    link_items(batch);
    sorter(batch).run();
    for (const auto i : batch.order) {
        auto& item = batch.items[i];
        if (item.refused) continue;
        const auto& parents = batch.parents[i];
        const auto refused = std::find_if(parents.begin(), parents.end(), [&batch](std::size_t each) {
            return batch.items[each].refused.has_value();
        });
        if (refused != parents.end()) {
            item.refused = parent_refused(name_of(batch, *refused));
            continue;
        }
        for (std::size_t k = 0; k < parents.size(); ++k) {
            item.given.depends_on[item.siblings[k].at] = batch.tasks[parents[k]]->made.id;
        }
        auto prepared = co_await creating_.prepare(ctx, std::move(item.given));
        if (prepared) {
            batch.tasks[i] = std::move(*prepared);
        } else {
            item.refused = prepared.error();
        }
    }
    co_return batch;
}

// What is known so far as a batch is written.
struct create_batch::writing {
    const draft& batch;
    std::vector<batch_answer> answers;
    std::vector<std::size_t> chunk{};                       // written next, in one call
    std::set<std::pair<std::int64_t, std::string>> keys{};  // that the chunk takes
    // Of those whose unique key another task had: that task's id.
    std::map<std::size_t, std::int64_t> existing{};

    const task& made(std::size_t item) const { return batch.tasks[item]->made; }

    // A key that the chunk takes already, or a parent in the chunk that may turn out to be another task.
    bool must_wait(std::size_t item) const {
        const auto takes = [this](std::size_t each) {
            const auto& key = made(each).extra.unique_key;
            return key && keys.contains({made(each).user_id, *key});
        };
        const auto& parents = batch.parents[item];
        return takes(item) || std::any_of(parents.begin(), parents.end(), takes);
    }

    // The draft as it is to be written: parents that were there already have other ids than were taken for
    // them.
    task_draft take(std::size_t item) const {
        task_draft taken = *batch.tasks[item];
        auto& ids = taken.made.extra.depends_on;
        bool changed = false;
        for (const auto parent : batch.parents[item]) {
            const auto found = existing.find(parent);
            if (found == existing.end()) continue;
            std::replace(ids.begin(), ids.end(), made(parent).id, found->second);
            changed = true;
        }
        if (!changed) return taken;
        std::sort(ids.begin(), ids.end());
        ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
        taken.json.clear();
        append_task(taken.json, taken.made);
        return taken;
    }

    std::optional<std::size_t> refused_parent(std::size_t item) const {
        for (const auto parent : batch.parents[item]) {
            if (answers[parent].refused) return parent;
        }
        return std::nullopt;
    }

    void note(std::size_t item, std::string json, written&& done) {
        auto& answer = answers[item];
        if (done.refused) {
            const auto parent = refused_parent(item);
            answer.refused = parent ? parent_refused(name_of(batch, *parent)) : std::move(*done.refused);
        } else if (done.existing) {
            existing[item] = done.existing->id;
            append_task(answer.json, *done.existing);
        } else {
            answer.json = std::move(json);
            answer.created = true;
        }
    }
};

// Parents stand before their children in a chunk too: create_task refuses a child whose parent it refused.
awaitable<void> create_batch::flush(db::transaction& tx, writing& state) const {
    std::vector<std::size_t> items;
    std::vector<task_draft> drafts;
    std::vector<std::string> shown;
    for (const auto item : state.chunk) {
        if (const auto parent = state.refused_parent(item)) {
            state.answers[item].refused = parent_refused(name_of(state.batch, *parent));
            continue;
        }
        items.push_back(item);
        drafts.push_back(state.take(item));
        shown.push_back(drafts.back().json);
    }
    state.chunk.clear();
    state.keys.clear();
    if (drafts.empty()) co_return;
    auto done = co_await creating_.write(tx, drafts);
    for (std::size_t i = 0; i < items.size(); ++i) {
        state.note(items[i], std::move(shown[i]), std::move(done[i]));
    }
}

awaitable<std::vector<batch_answer>> create_batch::write(db::transaction& tx, const draft& batch) const {
    writing state{batch, std::vector<batch_answer>(batch.items.size())};
    for (const auto item : batch.order) {
        if (batch.items[item].refused) {
            state.answers[item].refused = batch.items[item].refused;
            continue;
        }
        if (state.must_wait(item)) co_await flush(tx, state);
        state.chunk.push_back(item);
        const auto& made = state.made(item);
        if (made.extra.unique_key) state.keys.emplace(made.user_id, *made.extra.unique_key);
    }
    co_await flush(tx, state);
    co_return std::move(state.answers);
}

}  // namespace esm::tasks
