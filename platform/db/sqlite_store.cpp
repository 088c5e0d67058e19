// See sqlite_store.hpp.
#include "platform/db/sqlite_store.hpp"

#include <filesystem>

#include "platform/db/failure.hpp"

namespace esm::db {

sqlite_store::sqlite_store(std::string path, std::size_t waiters_max)
    : path_(std::move(path)),
      turns_(std::make_shared<sqlite_turns>(waiters_max)),
      write_thread_("database writer", 1, waiters_max),
      read_thread_("database reader", 1, waiters_max) {}

// The writer first: it makes the file and turns WAL on. An attempt that failed is made again at the next use.
void sqlite_store::open() {
    const std::lock_guard lock(mutex_);
    if (reader_) return;
    const auto folder = std::filesystem::path(path_).parent_path();
    std::error_code failed;
    if (!folder.empty()) std::filesystem::create_directories(folder, failed);
    if (failed) throw unavailable(fmt::format("{}: {}", folder.string(), failed.message()));
    if (!writer_) writer_ = std::make_unique<sqlite_connection>(path_);
    reader_ = std::make_unique<sqlite_connection>(path_);
}

bool sqlite_store::is_open() const {
    const std::lock_guard lock(mutex_);
    return reader_ != nullptr;
}

awaitable<rows> sqlite_store::run(
    async::compute_pool& thread,
    std::unique_ptr<sqlite_connection>& connection,
    deadline until,
    work_function work
) {
    auto answer = co_await thread.run([this, &connection, until, work = std::move(work)] {
        if (std::chrono::steady_clock::now() > until) {
            throw unavailable("the deadline passed while waiting for the database");
        }
        open();
        connection->set_deadline(until);
        return work(*connection);
    });
    if (!answer) throw unavailable(answer.error().detail);
    co_return std::move(*answer);
}

awaitable<rows> sqlite_store::on_writer(deadline until, work_function work) {
    return run(write_thread_, writer_, until, std::move(work));
}

awaitable<rows> sqlite_store::on_reader(deadline until, work_function work) {
    return run(read_thread_, reader_, until, std::move(work));
}

std::optional<bool> sqlite_store::known_read_only(const statement& what) const {
    const std::lock_guard lock(mutex_);
    const auto found = read_only_.find(std::string(what.sqlite));
    return found == read_only_.end() ? std::nullopt : std::optional(found->second);
}

void sqlite_store::remember(const statement& what, bool read_only) {
    const std::lock_guard lock(mutex_);
    read_only_.emplace(std::string(what.sqlite), read_only);
}

}  // namespace esm::db
