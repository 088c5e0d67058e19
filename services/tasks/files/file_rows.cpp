// See file_rows.hpp.
#include "services/tasks/files/file_rows.hpp"

#include "services/tasks/sql.hpp"

namespace esm::tasks::file_rows {

namespace {

// The columns in the order every SELECT of files names them.
stored_file read_file(const db::row& from) {
    stored_file read;
    read.id = from.integer(0);
    read.user_id = from.integer(1);
    read.task_id = from.optional_integer(2);
    read.name = from.text(3);
    read.media_type = from.text(4);
    read.bytes = from.integer(5);
    read.sha256 = from.text(6);
    read.store_key = from.text(7);
    read.created_at = from.integer(8);
    read.expires_at = from.integer(9);
    return read;
}

std::optional<stored_file> read_one(const db::rows& from) {
    if (from.empty()) return std::nullopt;
    return read_file(from.front());
}

std::vector<stored_file> read_all(const db::rows& from) {
    std::vector<stored_file> read;
    read.reserve(from.size());
    for (const auto row : from) read.push_back(read_file(row));
    return read;
}

std::optional<upload> read_upload(const db::rows& from) {
    if (from.empty()) return std::nullopt;
    const auto row = from.front();
    upload read;
    read.id = row.integer(0);
    read.user_id = row.integer(1);
    read.name = row.text(2);
    read.bytes = row.integer(3);
    read.sha256 = row.optional_text(4);
    read.received = row.integer(5);
    read.store_key = row.text(6);
    read.store_state = row.text(7);
    read.digest_state = row.text(8);
    read.file_id = row.optional_integer(9);
    read.created_at = row.integer(10);
    read.expires_at = row.integer(11);
    return read;
}

void give_back(db::transaction& tx, const db::row& gone) {
    add_garbage(tx, gone.text(1), now_us());
    tx.exec(sql::give_back_file_usage, gone.integer(0), charged_bytes(gone.integer(2)));
}

std::size_t give_back_files(db::transaction& tx, const db::rows& gone) {
    for (const auto row : gone) give_back(tx, row);
    return gone.size();
}

// The object of a whole upload is its file's.
std::size_t give_back_uploads(db::transaction& tx, const db::rows& gone) {
    for (const auto row : gone) {
        if (row.is_null(3)) give_back(tx, row);
    }
    return gone.size();
}

}  // namespace

void insert(db::transaction& tx, const stored_file& added) {
    tx.exec(
        sql::insert_file,
        added.id,
        added.user_id,
        added.task_id,
        added.name,
        added.media_type,
        added.bytes,
        added.sha256,
        added.store_key,
        added.created_at,
        added.expires_at
    );
}

awaitable<std::optional<stored_file>> find(db::database& source, std::int64_t id, deadline until) {
    co_return read_one(co_await source.query(until, sql::find_file, id));
}

awaitable<std::optional<stored_file>> find_artifact(
    db::database& source, std::int64_t task_id, const std::string& name, deadline until
) {
    co_return read_one(co_await source.query(until, sql::find_artifact, task_id, name));
}

awaitable<std::vector<stored_file>> list(
    db::database& source, std::int64_t user_id, place after, std::size_t limit, deadline until
) {
    co_return read_all(
        co_await source.query(until, sql::list_files, user_id, after.created_at, after.id, limit)
    );
}

awaitable<std::vector<stored_file>> artifacts(
    db::database& source, std::int64_t task_id, std::size_t limit, deadline until
) {
    co_return read_all(co_await source.query(until, sql::list_artifacts, task_id, limit));
}

awaitable<bool> remove(db::transaction& tx, std::int64_t id) {
    co_return give_back_files(tx, co_await tx.query(sql::delete_file, id)) > 0;
}

awaitable<std::size_t> remove_expired(db::transaction& tx, instant_us now, std::size_t limit) {
    co_return give_back_files(tx, co_await tx.query(sql::delete_expired_files, now, limit));
}

awaitable<std::size_t> remove_of_user(db::transaction& tx, std::int64_t user_id, std::size_t limit) {
    co_return give_back_files(tx, co_await tx.query(sql::delete_files_of_user, user_id, limit));
}

awaitable<bool> take_usage(
    db::transaction& tx, std::int64_t user_id, std::int64_t bytes, std::int64_t quota
) {
    if (bytes > quota) co_return false;
    co_return !(co_await tx.query(sql::take_file_usage, user_id, bytes, quota)).empty();
}

awaitable<std::int64_t> usage(db::database& source, std::int64_t user_id, deadline until) {
    const auto found = co_await source.query(until, sql::find_file_usage, user_id);
    co_return found.empty() ? 0 : found.front().integer(0);
}

void forget_usage(db::transaction& tx, std::int64_t user_id) {
    tx.exec(sql::delete_file_usage, user_id);
}

void add_garbage(db::transaction& tx, const std::string& store_key, instant_us due) {
    tx.exec(sql::insert_file_garbage, store_key, due);
}

awaitable<void> add_garbage(
    db::database& target, const std::string& store_key, instant_us due, deadline until
) {
    co_await target.query(until, sql::insert_file_garbage, store_key, due);
}

awaitable<bool> rescue(db::transaction& tx, const std::string& store_key) {
    co_return !(co_await tx.query(sql::rescue_file_garbage, store_key)).empty();
}

awaitable<std::vector<std::string>> claim_garbage(
    db::database& target, instant_us now, instant_us again, std::size_t limit, deadline until
) {
    const auto found = co_await target.query(until, sql::claim_file_garbage, now, again, limit);
    std::vector<std::string> keys;
    keys.reserve(found.size());
    for (const auto row : found) keys.push_back(row.text(0));
    co_return keys;
}

awaitable<void> forget_garbage(db::database& target, const std::string& store_key, deadline until) {
    co_await target.query(until, sql::delete_file_garbage, store_key);
}

awaitable<bool> insert_upload(db::transaction& tx, const upload& added, std::int64_t unfinished_max) {
    co_return !(co_await tx.query(
                    sql::insert_upload,
                    added.id,
                    added.user_id,
                    added.name,
                    added.bytes,
                    added.sha256,
                    added.store_key,
                    added.store_state,
                    added.digest_state,
                    added.created_at,
                    unfinished_max,
                    added.expires_at
                ))
        .empty();
}

awaitable<std::optional<upload>> find_upload(db::database& source, std::int64_t id, deadline until) {
    co_return read_upload(co_await source.query(until, sql::find_upload, id));
}

awaitable<std::optional<upload>> hold_upload(
    db::database& target,
    std::int64_t id,
    const std::string& holder,
    instant_us held_until,
    instant_us now,
    deadline until
) {
    co_return read_upload(co_await target.query(until, sql::hold_upload, id, holder, held_until, now));
}

awaitable<bool> save_upload(
    db::database& target,
    const upload& changed,
    const std::string& holder,
    instant_us held_until,
    deadline until
) {
    const auto saved = co_await target.query(
        until,
        sql::save_upload,
        changed.id,
        holder,
        changed.received,
        changed.store_state,
        changed.digest_state,
        held_until,
        changed.expires_at
    );
    co_return !saved.empty();
}

awaitable<void> release_upload(
    db::database& target, std::int64_t id, const std::string& holder, deadline until
) {
    co_await target.query(until, sql::release_upload, id, holder);
}

awaitable<bool> complete_upload(
    db::transaction& tx, std::int64_t id, const std::string& holder, std::int64_t file_id
) {
    co_return !(co_await tx.query(sql::complete_upload, id, holder, file_id)).empty();
}

awaitable<bool> remove_upload(
    db::transaction& tx, std::int64_t id, const std::string& holder, instant_us now
) {
    co_return give_back_uploads(tx, co_await tx.query(sql::delete_upload, id, holder, now)) > 0;
}

awaitable<std::size_t> remove_expired_uploads(db::transaction& tx, instant_us now, std::size_t limit) {
    co_return give_back_uploads(tx, co_await tx.query(sql::delete_expired_uploads, now, limit));
}

awaitable<std::size_t> remove_uploads_of_user(db::transaction& tx, std::int64_t user_id, std::size_t limit) {
    co_return give_back_uploads(tx, co_await tx.query(sql::delete_uploads_of_user, user_id, limit));
}

}  // namespace esm::tasks::file_rows
