// Files, uploads, usage and garbage in TASK_PROCESSING: the only place that names their queries. Stateless;
// every call takes the caller's transaction or database.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "platform/db/database.hpp"
#include "services/tasks/files/stored_file.hpp"

namespace esm::tasks::file_rows {

void insert(db::transaction& tx, const stored_file& added);
awaitable<std::optional<stored_file>> find(db::database& source, std::int64_t id, deadline until);
awaitable<std::optional<stored_file>> find_artifact(
    db::database& source, std::int64_t task_id, const std::string& name, deadline until
);

struct place {
    instant_us created_at{std::numeric_limits<instant_us>::max()};
    std::int64_t id{std::numeric_limits<std::int64_t>::max()};
};
// Newest first, those behind `after`.
awaitable<std::vector<stored_file>> list(
    db::database& source, std::int64_t user_id, place after, std::size_t limit, deadline until
);
// By name.
awaitable<std::vector<stored_file>> artifacts(
    db::database& source, std::int64_t task_id, std::size_t limit, deadline until
);

// What a deleted row held: its object goes to the garbage and its bytes back to the user in the same
// transaction. False where there is no such row.
awaitable<bool> remove(db::transaction& tx, std::int64_t id);
// Each answers how many rows it found, at most `limit`.
awaitable<std::size_t> remove_expired(db::transaction& tx, instant_us now, std::size_t limit);
awaitable<std::size_t> remove_of_user(db::transaction& tx, std::int64_t user_id, std::size_t limit);

// Counts `bytes` more for the user; false, and nothing changed, where that is more than `quota`.
awaitable<bool> take_usage(db::transaction& tx, std::int64_t user_id, std::int64_t bytes, std::int64_t quota);
awaitable<std::int64_t> usage(db::database& source, std::int64_t user_id, deadline until);
void forget_usage(db::transaction& tx, std::int64_t user_id);

// The object is to be deleted from `due` on; the same again moves that.
void add_garbage(db::transaction& tx, const std::string& store_key, instant_us due);
awaitable<void> add_garbage(
    db::database& target, const std::string& store_key, instant_us due, deadline until
);
// The object is to stay; false where it may be gone already.
awaitable<bool> rescue(db::transaction& tx, const std::string& store_key);
// Those that are due. They are given out again at `again`, unless forgotten before.
awaitable<std::vector<std::string>> claim_garbage(
    db::database& target, instant_us now, instant_us again, std::size_t limit, deadline until
);
awaitable<void> forget_garbage(db::database& target, const std::string& store_key, deadline until);

struct upload {
    std::int64_t id{0};
    std::int64_t user_id{0};
    std::string name;
    std::int64_t bytes{0};
    std::optional<std::string> sha256;  // as the user expects it
    std::int64_t received{0};
    std::string store_key;
    std::string store_state;
    std::string digest_state;
    std::optional<std::int64_t> file_id;
    instant_us created_at{0};
    instant_us expires_at{0};
};

// False where the user has `unfinished_max` unfinished ones.
awaitable<bool> insert_upload(db::transaction& tx, const upload& added, std::int64_t unfinished_max);
awaitable<std::optional<upload>> find_upload(db::database& source, std::int64_t id, deadline until);
// Makes it `holder`'s until `held_until`; nothing where it is whole, gone, or somebody else's at `now`.
awaitable<std::optional<upload>> hold_upload(
    db::database& target,
    std::int64_t id,
    const std::string& holder,
    instant_us held_until,
    instant_us now,
    deadline until
);
// Its progress; false for one that holds it no more.
awaitable<bool> save_upload(
    db::database& target,
    const upload& changed,
    const std::string& holder,
    instant_us held_until,
    deadline until
);
awaitable<void> release_upload(
    db::database& target, std::int64_t id, const std::string& holder, deadline until
);
awaitable<bool> complete_upload(
    db::transaction& tx, std::int64_t id, const std::string& holder, std::int64_t file_id
);
// What an unfinished one held is given back, as with files. False where somebody else holds it.
awaitable<bool> remove_upload(
    db::transaction& tx, std::int64_t id, const std::string& holder, instant_us now
);
awaitable<std::size_t> remove_expired_uploads(db::transaction& tx, instant_us now, std::size_t limit);
awaitable<std::size_t> remove_uploads_of_user(db::transaction& tx, std::int64_t user_id, std::size_t limit);

}  // namespace esm::tasks::file_rows
