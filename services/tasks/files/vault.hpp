// The service's file store with its rows: objects are made here, looked up, given out and swept away. Store
// calls block and run on a pool of its own. Made by the service, lives as long as it; any shard.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "platform/async/compute_pool.hpp"
#include "platform/db/database.hpp"
#include "platform/db/id_block.hpp"
#include "platform/files/file_store.hpp"
#include "services/tasks/files/file_rows.hpp"

namespace esm::tasks {

struct vault_options {
    std::int64_t file_max_bytes{1LL << 30};
    std::int64_t user_max_bytes{10LL << 30};
    std::chrono::milliseconds keep{30LL * 86'400'000};   // a file, from its creation
    std::chrono::milliseconds keep_uploads{86'400'000};  // an unfinished upload, from its last progress
    std::size_t uploads_max{32};                         // that are received at once in this process
    unsigned threads{4};
    std::filesystem::path scratch_root{std::filesystem::temp_directory_path()};  // of attempts
};

class vault {
public:
    vault(
        async::runtime& runtime,
        db::database& database,
        std::unique_ptr<files::file_store> store,
        vault_options options
    );

    // Runs `work` on a pool thread; what the store throws becomes its error, and a line of the log.
    template <class Work>
    awaitable<result<std::invoke_result_t<Work>>> on_pool(Work work) {
        std::exception_ptr failure;
        try {
            co_return co_await pool_->run(std::move(work));
        } catch (const files::store_failure&) {
            failure = std::current_exception();
        }
        co_return explain(failure);
    }

    // What a store's failure is to a client.
    static error explain(const std::exception_ptr& failure);

    // Ends a writer off the shard: giving up may take a call to the store.
    void dispose(std::unique_ptr<files::writer> given_up);

    awaitable<std::int64_t> next_file_id(deadline until) { return file_ids_.next(until); }
    awaitable<std::int64_t> next_upload_id(deadline until) { return upload_ids_.next(until); }

    // One of uploads_max; empty where there is none.
    class receiving {
    public:
        receiving() = default;
        explicit receiving(std::atomic<std::size_t>& count) : count_(&count) {}
        receiving(receiving&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
        receiving& operator=(receiving&&) = delete;
        ~receiving() {
            if (count_) count_->fetch_sub(1);
        }
        explicit operator bool() const { return count_ != nullptr; }

    private:
        std::atomic<std::size_t>* count_{nullptr};
    };
    receiving begin_receiving();

    // A round of housekeeping: expired files and uploads go to the garbage, what is due there is deleted.
    awaitable<void> sweep();

    // Whether the store did what it should at the last round of housekeeping.
    bool is_up() const { return up_; }

    files::file_store& store() { return *store_; }
    db::database& database() { return database_; }
    async::runtime& runtime() { return runtime_; }
    const vault_options& options() const { return options_; }
    instant_us expiry_from(instant_us now) const;

private:
    awaitable<void> sweep_garbage();

    async::runtime& runtime_;
    db::database& database_;
    const std::shared_ptr<files::file_store> store_;  // also of writers that are being given up
    const vault_options options_;
    db::id_block file_ids_, upload_ids_;
    std::atomic<std::size_t> receiving_{0};
    deadline next_scratch_sweep_{};
    std::atomic<bool> up_{true};
    const std::shared_ptr<async::compute_pool> pool_;
};

}  // namespace esm::tasks
