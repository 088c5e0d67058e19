// See migrate.hpp.
#include "platform/db/migrate.hpp"

#include <sodium.h>

#include <boost/asio/steady_timer.hpp>

#include "platform/db/split_statements.hpp"
#include "platform/db/sql.hpp"

namespace esm::db {

namespace {

// Any number will do, as long as every replica uses the same: "esm migr" in ASCII.
constexpr std::int64_t lock_key = 0x65736d206d696772;
constexpr std::chrono::milliseconds lock_poll{50};

std::string checksum(std::string_view text) {
    std::array<unsigned char, crypto_hash_sha256_BYTES> digest;
    crypto_hash_sha256(digest.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size());
    std::string hex;
    for (const auto byte : digest) hex += fmt::format("{:02x}", byte);
    return hex;
}

std::string_view text_of(const migration& one, dialect kind) {
    return kind == dialect::postgres ? one.postgres : one.sqlite;
}

awaitable<std::unique_ptr<database::lock>> wait_for_lock(database& target, deadline until) {
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (;;) {
        if (auto lock = co_await target.try_lock(lock_key, until)) co_return lock;
        if (deadline_in(lock_poll) > until) {
            throw unavailable("another process held the migration lock until the deadline");
        }
        pause.expires_after(lock_poll);
        co_await pause.async_wait(asio::use_awaitable);
    }
}

// How many of the set stand in the database; refuses what the binary does not know or knows otherwise.
std::size_t check_applied(const migration_set& set, const rows& applied, dialect kind) {
    if (applied.size() > set.migrations.size()) {
        throw migration_failed(fmt::format(
            "{}: the database is at version {}, newer than this binary's {}",
            set.name,
            applied[applied.size() - 1].integer(0),
            set.migrations.size()
        ));
    }
    for (std::size_t i = 0; i < applied.size(); ++i) {
        const auto& known = set.migrations[i];
        if (applied[i].integer(0) == known.version && applied[i].view(2) == checksum(text_of(known, kind))) {
            continue;
        }
        throw migration_failed(fmt::format(
            "{}: migration {} ({}) was changed after it was applied", set.name, known.version, known.name
        ));
    }
    return applied.size();
}

// Applies the set's first missing migration; false when none is missing.
awaitable<bool> apply_next(transaction& tx, const migration_set& set) {
    const auto applied = co_await tx.query(sql::list_migrations, set.name);
    const auto done = check_applied(set, applied, tx.kind());
    if (done == set.migrations.size()) co_return false;
    const auto& next = set.migrations[done];
    const auto text = text_of(next, tx.kind());
    for (const auto part : split_statements(text)) tx.exec(statement{next.name, part, part});
    tx.exec(sql::insert_migration, set.name, next.version, next.name, checksum(text), now_us());
    co_return true;
}

}  // namespace

awaitable<int> migrate(database& target, std::span<const migration_set> sets, deadline until) {
    const auto lock = co_await wait_for_lock(target, until);
    const auto create = [](transaction& tx) -> awaitable<bool> {
        tx.exec(sql::create_schema_migration);
        co_return true;
    };
    co_await lock->transact(create);
    int count = 0;
    for (const auto& set : sets) {
        const auto step = [&set](transaction& tx) { return apply_next(tx, set); };
        while (co_await lock->transact(step)) ++count;
    }
    co_return count;
}

}  // namespace esm::db
