// See vault.hpp.
#include "services/tasks/files/vault.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "platform/observe/log.hpp"
#include "services/tasks/files/scratch.hpp"

namespace esm::tasks {

namespace {

using namespace std::chrono_literals;

constexpr std::int64_t first_id = 1000;
// Each stream has one call at a time, and streams are limited before: a queue this long never refuses them.
constexpr std::size_t calls_waiting_max = 4096;
constexpr auto statement_patience = 5s;
constexpr std::size_t rows_a_round_max = 500;
constexpr auto sweep_again_after = 10min;
constexpr auto sweep_scratch_every = 1h;

instant_us later(instant_us now, std::chrono::milliseconds by) {
    return now + std::chrono::duration_cast<std::chrono::microseconds>(by).count();
}

// Outlives the vault where it must.
awaitable<void> end_on(
    std::shared_ptr<async::compute_pool> pool,
    std::shared_ptr<files::file_store> of,
    std::shared_ptr<files::writer> given_up
) {
    co_await pool->run([of = std::move(of), given_up = std::move(given_up)]() mutable {
        given_up.reset();
        return true;
    });
}

}  // namespace

vault::vault(
    async::runtime& runtime,
    db::database& database,
    std::unique_ptr<files::file_store> store,
    vault_options options
)
    : runtime_(runtime),
      database_(database),
      store_(std::move(store)),
      options_(options),
      file_ids_(runtime, database, "file", first_id),
      upload_ids_(runtime, database, "file_upload", first_id),
      pool_(std::make_shared<async::compute_pool>("files", options.threads, calls_waiting_max)) {}

error vault::explain(const std::exception_ptr& failure) {
    try {
        std::rethrow_exception(failure);
    } catch (const files::store_failure& cause) {
        observe::log(
            observe::level::warn, "file store failed", {{"service", "tasks"}, {"cause", cause.what()}}
        );
        if (cause.code() == errc::storage_full) return fail(errc::storage_full, "the file store is full");
        if (cause.code() == errc::unavailable) {
            return fail(errc::unavailable, "the file store is away; try again shortly");
        }
        return fail(errc::internal, "the request id finds the cause in the logs");
    }
}

void vault::dispose(std::unique_ptr<files::writer> given_up) {
    if (!given_up) return;
    const auto shard = async::runtime::current_shard();
    const auto on = shard == async::runtime::none ? 0 : shard;
    asio::co_spawn(runtime_.executor(on), end_on(pool_, store_, std::move(given_up)), asio::detached);
}

vault::receiving vault::begin_receiving() {
    receiving place(receiving_);
    if (receiving_.fetch_add(1) < options_.uploads_max) return place;
    return {};
}

instant_us vault::expiry_from(instant_us now) const {
    return later(now, options_.keep);
}

awaitable<void> vault::sweep() {
    const auto checked = co_await on_pool([this] {
        store_->check();
        return true;
    });
    up_ = checked.has_value();
    const auto now = now_us();
    for (std::size_t found = rows_a_round_max; found == rows_a_round_max;) {
        found = co_await database_.transact(deadline_in(statement_patience), [now](db::transaction& tx) {
            return file_rows::remove_expired(tx, now, rows_a_round_max);
        });
    }
    co_await database_.transact(deadline_in(statement_patience), [now](db::transaction& tx) {
        return file_rows::remove_expired_uploads(tx, now, rows_a_round_max);
    });
    co_await sweep_garbage();
    if (std::chrono::steady_clock::now() < next_scratch_sweep_) co_return;
    next_scratch_sweep_ = deadline_in(sweep_scratch_every);
    co_await on_pool([this] {
        sweep_scratch(options_.scratch_root);
        return true;
    });
}

// A store that is away keeps its garbage for a later round.
awaitable<void> vault::sweep_garbage() {
    const auto now = now_us();
    const auto keys = co_await file_rows::claim_garbage(
        database_, now, later(now, sweep_again_after), rows_a_round_max, deadline_in(statement_patience)
    );
    for (const auto& key : keys) {
        const auto removed = co_await on_pool([this, key] {
            store_->remove(key);
            return true;
        });
        if (!removed) co_return;
        co_await file_rows::forget_garbage(database_, key, deadline_in(statement_patience));
    }
}

}  // namespace esm::tasks
