// See artifacts.hpp.
#include "services/tasks/files/artifacts.hpp"

#include <fmt/format.h>

#include <fstream>
#include <set>

#include "platform/base/random.hpp"
#include "platform/files/digest.hpp"
#include "services/tasks/files/intake.hpp"

namespace esm::tasks {

namespace {

using namespace std::chrono_literals;

constexpr auto statement_patience = 10s;
constexpr std::size_t block_bytes = 256 * 1024;
constexpr instant_us garbage_after_us = 86'400'000'000;
constexpr std::int64_t no_quota = std::numeric_limits<std::int64_t>::max();

std::string name_of(const file_reference& which) {
    if (which.file_id) return fmt::format("there is no file {}", *which.file_id);
    return fmt::format("task {} has no artifact \"{}\"", which.task_id, which.artifact);
}

result<void> check(const std::vector<artifact>& kept, std::int64_t file_max_bytes) {
    if (kept.size() > artifacts_max) {
        return fail(errc::validation_failed, fmt::format("it made more than {} artifacts", artifacts_max));
    }
    std::set<std::string_view> names;
    for (const auto& each : kept) {
        if (!is_file_name(each.name)) return fail(errc::validation_failed, "the name of an artifact is none");
        if (!names.insert(each.name).second) {
            return fail(errc::validation_failed, fmt::format("it made two artifacts \"{}\"", each.name));
        }
        if (static_cast<std::int64_t>(std::filesystem::file_size(each.path)) > file_max_bytes) {
            return fail(
                errc::validation_failed,
                fmt::format("its artifact \"{}\" is larger than {} bytes", each.name, file_max_bytes)
            );
        }
    }
    return {};
}

// Copies a file of this machine into the store; answers bytes and digest in `made`.
void copy_in(files::file_store& store, const artifact& from, stored_file& made) {
    std::ifstream reading(from.path, std::ios::binary);
    if (!reading) throw std::runtime_error(from.path.string() + ": cannot be read");
    const auto writing = store.create(made.store_key);
    files::running_digest digest;
    std::string block(block_bytes, '\0');
    while (reading) {
        reading.read(block.data(), static_cast<std::streamsize>(block.size()));
        const std::string_view part(block.data(), static_cast<std::size_t>(reading.gcount()));
        digest.update(part);
        writing->append(part);
        made.bytes += static_cast<std::int64_t>(part.size());
    }
    if (reading.bad()) throw std::runtime_error(from.path.string() + ": cannot be read");
    writing->finish();
    made.sha256 = digest.hex();
}

}  // namespace

awaitable<std::optional<stored_file>> artifacts::find(std::int64_t user_id, const file_reference& which) {
    const auto until = deadline_in(statement_patience);
    auto found =
        which.file_id
            ? co_await file_rows::find(vault_.database(), *which.file_id, until)
            : co_await file_rows::find_artifact(vault_.database(), which.task_id, which.artifact, until);
    if (found && found->user_id != user_id) found.reset();
    co_return found;
}

result<local_file> artifacts::input(
    std::int64_t user_id,
    const file_reference& which,
    const std::filesystem::path& folder,
    const run_control& control
) {
    const auto found = vault_.runtime().block_on(find(user_id, which));
    if (!found) return fail(errc::not_found, name_of(which));
    local_file given{{}, found->name, found->media_type, static_cast<std::uint64_t>(found->bytes)};
    if (const auto path = vault_.store().local_path(found->store_key)) {
        given.path = *path;
        return given;
    }
    given.path = folder / ("input-" + random_hex(8));
    try {
        const auto reading = vault_.store().open(found->store_key, 0, given.bytes);
        std::ofstream writing(given.path, std::ios::binary);
        for (auto part = reading->read(block_bytes); !part.empty(); part = reading->read(block_bytes)) {
            if (control.should_stop()) return fail(errc::deadline_exceeded, "the attempt was told to stop");
            writing.write(part.data(), static_cast<std::streamsize>(part.size()));
        }
        writing.close();
        if (!writing) throw std::runtime_error(given.path.string() + ": cannot be written");
    } catch (const files::store_failure&) {
        return vault::explain(std::current_exception());
    }
    return given;
}

awaitable<result<stored_file>> artifacts::store_one(
    std::int64_t user_id, std::int64_t task_id, const artifact& kept
) {
    stored_file made;
    made.user_id = user_id;
    made.task_id = task_id;
    made.name = kept.name;
    made.media_type = kept.media_type;
    made.store_key = files::make_key();
    made.created_at = now_us();
    made.expires_at = vault_.expiry_from(made.created_at);
    made.id = co_await vault_.next_file_id(deadline_in(statement_patience));
    co_await file_rows::add_garbage(
        vault_.database(), made.store_key, now_us() + garbage_after_us, deadline_in(statement_patience)
    );
    auto copied = co_await vault_.on_pool([this, &kept, made]() mutable {
        copy_in(vault_.store(), kept, made);
        return made;
    });
    co_return copied;
}

awaitable<result<std::vector<stored_file>>> artifacts::store(
    std::int64_t user_id, std::int64_t task_id, const std::vector<artifact>& kept
) {
    if (const auto fits = check(kept, vault_.options().file_max_bytes); !fits) co_return fits.error();
    std::vector<stored_file> all;
    for (const auto& each : kept) {
        auto made = co_await store_one(user_id, task_id, each);
        if (!made) {
            co_await discard(all);
            co_return made.error();
        }
        all.push_back(std::move(*made));
    }
    co_return all;
}

// Results count for their user, but are never refused: the work is done.
awaitable<void> artifacts::insert(db::transaction& tx, const std::vector<stored_file>& made) {
    for (const auto& each : made) {
        if (!co_await file_rows::rescue(tx, each.store_key)) {
            throw std::runtime_error("the artifacts of the attempt were swept away");
        }
        co_await file_rows::take_usage(tx, each.user_id, charged_bytes(each.bytes), no_quota);
        file_rows::insert(tx, each);
    }
}

awaitable<void> artifacts::discard(const std::vector<stored_file>& made) {
    for (const auto& each : made) {
        co_await file_rows::add_garbage(
            vault_.database(), each.store_key, now_us(), deadline_in(statement_patience)
        );
    }
}

}  // namespace esm::tasks
