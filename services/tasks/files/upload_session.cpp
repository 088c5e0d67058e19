// See upload_session.hpp.
#include "services/tasks/files/upload_session.hpp"

#include <fmt/format.h>

#include "platform/base/random.hpp"
#include "platform/files/media_type.hpp"

namespace esm::tasks {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t unfinished_a_user_max = 100;
constexpr std::size_t write_bytes = 256 * 1024;
constexpr auto statement_patience = 10s;
// Whoever holds an upload saves its progress ten times as often.
constexpr instant_us hold_us = 60'000'000;
constexpr auto save_every = 5s;
constexpr instant_us garbage_after_us = 86'400'000'000;

error somebody_appends() {
    auto refused = fail(errc::conflict, "another request is appending to it");
    refused.retry_after = std::chrono::seconds(1);
    return refused;
}

instant_us expiry_of_uploads(const vault& into) {
    return now_us() +
           std::chrono::duration_cast<std::chrono::microseconds>(into.options().keep_uploads).count();
}

}  // namespace

error no_such_upload(std::int64_t id) {
    return fail(errc::not_found, fmt::format("no upload has id {}", id));
}

awaitable<result<upload_draft>> upload_draft::make(vault& into, new_upload given, deadline until) {
    upload_draft draft(into);
    auto& made = draft.made_;
    made.id = co_await into.next_upload_id(until);
    made.user_id = given.user_id;
    made.name = std::move(given.name);
    made.bytes = given.bytes;
    made.sha256 = std::move(given.sha256);
    made.created_at = now_us();
    made.expires_at = expiry_of_uploads(into);
    made.store_key = files::make_key();
    made.digest_state = files::running_digest().state();
    co_await file_rows::add_garbage(into.database(), made.store_key, now_us() + garbage_after_us, until);
    auto state = co_await into.on_pool([&] { return into.store().create(made.store_key)->suspend(); });
    if (!state) co_return state.error();
    made.store_state = std::move(*state);
    co_return draft;
}

awaitable<result<void>> upload_draft::write(db::transaction& tx) const {
    if (!co_await file_rows::rescue(tx, made_.store_key)) co_return fail(errc::unavailable, "try again");
    const auto quota = vault_->options().user_max_bytes;
    if (!co_await file_rows::take_usage(tx, made_.user_id, charged_bytes(made_.bytes), quota)) {
        co_return quota_used_up(quota);
    }
    if (co_await file_rows::insert_upload(tx, made_, unfinished_a_user_max)) co_return result<void>{};
    auto refused = fail(
        errc::rate_limited, fmt::format("there are {} unfinished uploads already", unfinished_a_user_max)
    );
    refused.retry_after = std::chrono::seconds(60);
    co_return refused;
}

awaitable<error> upload_append::why_not_held(std::int64_t id, deadline until) {
    const auto found = co_await file_rows::find_upload(vault_.database(), id, until);
    if (!found) co_return no_such_upload(id);
    if (found->file_id) co_return fail(errc::conflict, "the upload is whole");
    co_return somebody_appends();
}

awaitable<result<void>> upload_append::begin(upload current, std::int64_t offset, deadline until) {
    holder_ = random_hex(8);
    const auto now = now_us();
    auto held =
        co_await file_rows::hold_upload(vault_.database(), current.id, holder_, now + hold_us, now, until);
    if (!held) co_return co_await why_not_held(current.id, until);
    current_ = std::move(*held);
    next_save_ = deadline_in(save_every);
    std::optional<error> problem;
    const auto digest = files::running_digest::restore(current_.digest_state);
    if (offset != current_.received) {
        problem = fail(errc::conflict, fmt::format("the upload is at offset {}", current_.received));
    } else if (!digest) {
        problem = fail(errc::conflict, "another version of the service began it: begin a new upload");
    } else {
        digest_ = *digest;
        auto opened = co_await vault_.on_pool([this] {
            return vault_.store().resume(current_.store_key, current_.store_state);
        });
        if (!opened) {
            problem = opened.error();
        } else if (!*opened) {
            problem = somebody_appends();
        } else {
            writer_ = std::move(*opened);
        }
    }
    if (!problem) co_return result<void>{};
    co_await release();
    co_return *problem;
}

awaitable<void> upload_append::release() {
    co_await file_rows::release_upload(
        vault_.database(), current_.id, holder_, deadline_in(statement_patience)
    );
}

awaitable<result<void>> upload_append::flush() {
    if (waiting_.empty()) co_return result<void>{};
    const auto written = co_await vault_.on_pool([this] {
        writer_->append(waiting_);
        digest_.update(waiting_);
        return true;
    });
    if (!written) co_return written.error();
    current_.received += static_cast<std::int64_t>(waiting_.size());
    waiting_.clear();
    co_return result<void>{};
}

awaitable<result<void>> upload_append::save() {
    auto state = co_await vault_.on_pool([this] { return writer_->suspend(); });
    if (!state) co_return state.error();
    current_.store_state = std::move(*state);
    current_.digest_state = digest_.state();
    current_.expires_at = expiry_of_uploads(vault_);
    next_save_ = deadline_in(save_every);
    const bool held = co_await file_rows::save_upload(
        vault_.database(), current_, holder_, now_us() + hold_us, deadline_in(statement_patience)
    );
    if (!held) co_return somebody_appends();
    co_return result<void>{};
}

awaitable<result<void>> upload_append::append(std::string bytes) {
    const auto arrived = static_cast<std::int64_t>(waiting_.size() + bytes.size());
    if (current_.received + arrived > current_.bytes) {
        co_return fail(
            errc::payload_too_large, fmt::format("the upload was announced with {} bytes", current_.bytes)
        );
    }
    waiting_ += bytes;
    const bool due = std::chrono::steady_clock::now() >= next_save_;
    if (waiting_.size() < write_bytes && !due) co_return result<void>{};
    if (auto flushed = co_await flush(); !flushed) co_return flushed.error();
    if (!due) co_return result<void>{};
    co_return co_await save();
}

awaitable<result<void>> upload_append::save_or_complete(bool well) {
    if (auto flushed = co_await flush(); !flushed) co_return flushed.error();
    if (auto saved = co_await save(); !saved) co_return saved.error();
    if (!well || current_.received != current_.bytes) co_return result<void>{};
    co_return co_await complete();
}

awaitable<result<void>> upload_append::end(bool well) {
    auto done = co_await save_or_complete(well);
    // Let go of the object before the row: whoever takes the row next finds it free.
    const auto let_go = co_await vault_.on_pool([this] {
        writer_.reset();
        return true;
    });
    if (!let_go && done) done = let_go.error();
    co_await release();
    co_return done;
}

awaitable<result<stored_file>> upload_append::make_file() {
    auto type = co_await vault_.on_pool([this] {
        writer_->finish();
        std::string head;
        const auto wanted =
            std::min<std::uint64_t>(static_cast<std::uint64_t>(current_.bytes), files::sniffed_max_bytes);
        const auto reading = vault_.store().open(current_.store_key, 0, wanted);
        while (head.size() < wanted) head += reading->read(wanted - head.size());
        return files::media_type_of(head);
    });
    if (!type) co_return type.error();
    stored_file made;
    made.id = co_await vault_.next_file_id(deadline_in(statement_patience));
    made.user_id = current_.user_id;
    made.name = current_.name;
    made.media_type = std::move(*type);
    made.bytes = current_.bytes;
    made.sha256 = digest_.hex();
    made.store_key = current_.store_key;
    made.created_at = now_us();
    made.expires_at = vault_.expiry_from(made.created_at);
    co_return made;
}

awaitable<error> upload_append::refuse_digest() {
    co_await vault_.database().transact(deadline_in(statement_patience), [this](db::transaction& tx) {
        return file_rows::remove_upload(tx, current_.id, holder_, now_us());
    });
    co_return fail(
        errc::validation_failed,
        fmt::format("the SHA-256 of what arrived is {}: begin a new upload", digest_.hex())
    );
}

awaitable<result<void>> upload_append::complete() {
    if (current_.sha256 && *current_.sha256 != digest_.hex()) co_return co_await refuse_digest();
    const auto made = co_await make_file();
    if (!made) co_return made.error();
    const bool held = co_await vault_.database().transact(
        deadline_in(statement_patience),
        [&](db::transaction& tx) -> awaitable<bool> {
            if (!co_await file_rows::complete_upload(tx, current_.id, holder_, made->id)) co_return false;
            file_rows::insert(tx, *made);
            co_return true;
        }
    );
    if (!held) co_return somebody_appends();
    current_.file_id = made->id;
    co_return result<void>{};
}

awaitable<result<void>> remove_upload(vault& from, const upload& which, deadline until) {
    const bool gone = co_await from.database().transact(until, [&](db::transaction& tx) {
        return file_rows::remove_upload(tx, which.id, {}, now_us());
    });
    if (!gone) co_return somebody_appends();
    co_return result<void>{};
}

}  // namespace esm::tasks
