// Files as attempts use them: inputs by reference, results as artifacts. An attempt's results become objects
// before its outcome is settled and files in the transaction that settles it; of an attempt that does not
// complete they are swept away.
#pragma once

#include "services/tasks/files/vault.hpp"
#include "services/tasks/handlers/work.hpp"

namespace esm::tasks {

class artifacts {
public:
    explicit artifacts(vault& in) : vault_(in) {}

    // Where attempts have their folders.
    const std::filesystem::path& scratch_root() const { return vault_.options().scratch_root; }

    // For a handler's thread, which is no shard: the user's own file as a file of this machine, fetched into
    // `folder` where the store keeps it elsewhere; to be read only. not_found names what there is not.
    result<local_file> input(
        std::int64_t user_id,
        const file_reference& which,
        const std::filesystem::path& folder,
        const run_control& control
    );

    // Before the outcome is settled, on any shard: makes objects of what the attempt keeps. validation_failed
    // for more than artifacts_max, a name twice or of no form, or one that is too large: no retry helps.
    awaitable<result<std::vector<stored_file>>> store(
        std::int64_t user_id, std::int64_t task_id, const std::vector<artifact>& kept
    );
    // In the transaction that completes the task. Throws where an object is gone, as that took a day: the
    // attempt must not complete then.
    static awaitable<void> insert(db::transaction& tx, const std::vector<stored_file>& made);
    // Of an attempt that did not complete.
    awaitable<void> discard(const std::vector<stored_file>& made);

private:
    awaitable<std::optional<stored_file>> find(std::int64_t user_id, const file_reference& which);
    awaitable<result<stored_file>> store_one(
        std::int64_t user_id, std::int64_t task_id, const artifact& kept
    );

    vault& vault_;
};

inline constexpr std::size_t artifacts_max = 100;

}  // namespace esm::tasks
