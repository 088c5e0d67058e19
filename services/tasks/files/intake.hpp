// One file that comes in one go: from its first byte to its row. Used by one coroutine on one shard. What is
// not kept at the end is swept away later, also after a crash.
#pragma once

#include "platform/files/digest.hpp"
#include "services/tasks/files/vault.hpp"

namespace esm::tasks {

class intake {
public:
    explicit intake(vault& into) : vault_(into) {}
    ~intake() { vault_.dispose(std::move(writer_)); }
    intake(const intake&) = delete;
    intake& operator=(const intake&) = delete;

    awaitable<result<void>> begin(deadline until);
    // Gathers, and writes once enough is there. payload_too_large beyond file_max_bytes.
    awaitable<result<void>> append(std::string bytes);
    // The object is whole. Answers the file, but for its id and whose it is.
    awaitable<result<stored_file>> finish(std::string name);
    // Within the caller's transaction: the file's row, counted for its user. quota_exceeded; unavailable
    // where the object was swept away because all took too long.
    awaitable<result<void>> keep(db::transaction& tx, const stored_file& made);
    // It is not wanted.
    awaitable<void> drop(deadline until);

private:
    awaitable<result<void>> flush();

    vault& vault_;
    std::string key_;
    std::unique_ptr<files::writer> writer_;
    files::running_digest digest_;
    std::string head_;     // what the media type is told by
    std::string waiting_;  // gathered, not written
    std::int64_t bytes_{0};
};

}  // namespace esm::tasks
