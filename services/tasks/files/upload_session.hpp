// Uploads in several requests: what has arrived outlives a lost connection and a restart of the process. Who
// appends holds the upload meanwhile, and says how far it is every few seconds.
#pragma once

#include "platform/files/digest.hpp"
#include "services/tasks/files/vault.hpp"

namespace esm::tasks {

using file_rows::upload;

struct new_upload {
    std::int64_t user_id{0};
    std::string name;
    std::int64_t bytes{0};
    std::optional<std::string> sha256;
};

error no_such_upload(std::int64_t id);

// Stores the upload in the caller's transaction, its bytes counted already. Made before the transaction.
class upload_draft {
public:
    static awaitable<result<upload_draft>> make(vault& into, new_upload given, deadline until);
    // quota_exceeded; rate_limited where the user has too many unfinished ones.
    awaitable<result<void>> write(db::transaction& tx) const;
    const upload& made() const { return made_; }

private:
    explicit upload_draft(vault& into) : vault_(&into) {}
    vault* vault_;
    upload made_;
};

// One request that appends.
class upload_append {
public:
    explicit upload_append(vault& into) : vault_(into) {}
    ~upload_append() { vault_.dispose(std::move(writer_)); }
    upload_append(const upload_append&) = delete;
    upload_append& operator=(const upload_append&) = delete;

    // Takes hold of the upload. conflict where `offset` is not how far it is, where somebody else appends,
    // and where it is whole.
    awaitable<result<void>> begin(upload current, std::int64_t offset, deadline until);
    // payload_too_large beyond the announced bytes; nothing of this part is kept then.
    awaitable<result<void>> append(std::string bytes);
    // What has arrived is safe, and the upload free for the next request. Where all is there and `well`, the
    // body was taken without a problem, it becomes a file; validation_failed where that is not what was
    // announced, and the upload is gone.
    awaitable<result<void>> end(bool well);

    const upload& current() const { return current_; }

private:
    awaitable<result<void>> flush();
    awaitable<result<void>> save();
    awaitable<result<void>> save_or_complete(bool well);
    awaitable<result<void>> complete();
    awaitable<result<stored_file>> make_file();
    awaitable<error> refuse_digest();
    awaitable<error> why_not_held(std::int64_t id, deadline until);
    awaitable<void> release();

    vault& vault_;
    upload current_;
    std::string holder_;
    std::unique_ptr<files::writer> writer_;
    files::running_digest digest_;
    std::string waiting_;
    deadline next_save_{};
};

// Gives it up. conflict while somebody appends.
awaitable<result<void>> remove_upload(vault& from, const upload& which, deadline until);

}  // namespace esm::tasks
