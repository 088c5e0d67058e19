// See intake.hpp.
#include "services/tasks/files/intake.hpp"

#include <fmt/format.h>

#include "platform/files/media_type.hpp"

namespace esm::tasks {

namespace {

constexpr std::size_t write_bytes = 256 * 1024;
// Longer than any request lives.
constexpr instant_us garbage_after_us = 86'400'000'000;

}  // namespace

awaitable<result<void>> intake::begin(deadline until) {
    key_ = files::make_key();
    co_await file_rows::add_garbage(vault_.database(), key_, now_us() + garbage_after_us, until);
    auto opened = co_await vault_.on_pool([this] { return vault_.store().create(key_); });
    if (!opened) co_return opened.error();
    writer_ = std::move(*opened);
    co_return result<void>{};
}

awaitable<result<void>> intake::flush() {
    const auto written = co_await vault_.on_pool([this] {
        digest_.update(waiting_);
        if (head_.size() < files::sniffed_max_bytes) head_ += waiting_.substr(0, files::sniffed_max_bytes);
        writer_->append(waiting_);
        waiting_.clear();
        return true;
    });
    if (!written) co_return written.error();
    co_return result<void>{};
}

awaitable<result<void>> intake::append(std::string bytes) {
    bytes_ += static_cast<std::int64_t>(bytes.size());
    if (bytes_ > vault_.options().file_max_bytes) {
        co_return fail(
            errc::payload_too_large,
            fmt::format("the file is larger than {} bytes", vault_.options().file_max_bytes)
        );
    }
    waiting_ += bytes;
    if (waiting_.size() < write_bytes) co_return result<void>{};
    co_return co_await flush();
}

awaitable<result<stored_file>> intake::finish(std::string name) {
    if (auto flushed = co_await flush(); !flushed) co_return flushed.error();
    auto type = co_await vault_.on_pool([this] {
        writer_->finish();
        return files::media_type_of(head_);
    });
    if (!type) co_return type.error();
    stored_file made;
    made.name = std::move(name);
    made.media_type = std::move(*type);
    made.bytes = bytes_;
    made.sha256 = digest_.hex();
    made.store_key = key_;
    made.created_at = now_us();
    made.expires_at = vault_.expiry_from(made.created_at);
    co_return made;
}

awaitable<result<void>> intake::keep(db::transaction& tx, const stored_file& made) {
    if (!co_await file_rows::rescue(tx, made.store_key)) {
        co_return fail(errc::unavailable, "the upload took too long; send it again");
    }
    const auto quota = vault_.options().user_max_bytes;
    if (!co_await file_rows::take_usage(tx, made.user_id, charged_bytes(made.bytes), quota)) {
        co_return quota_used_up(quota);
    }
    file_rows::insert(tx, made);
    co_return result<void>{};
}

awaitable<void> intake::drop(deadline until) {
    co_await file_rows::add_garbage(vault_.database(), key_, now_us(), until);
}

}  // namespace esm::tasks
