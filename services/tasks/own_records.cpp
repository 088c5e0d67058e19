// See own_records.hpp.
#include "services/tasks/own_records.hpp"

#include <fmt/format.h>

#include <fstream>

#include "eventstreammonitor/notifications/v1/notifications.grpc.pb.h"
#include "platform/personal_data/export_client.hpp"
#include "services/tasks/json_list.hpp"

namespace esm::tasks {

namespace {

constexpr auto page_patience = std::chrono::seconds(5);
constexpr auto look_every = std::chrono::milliseconds(50);
constexpr std::size_t copy_bytes = 256UL * 1024;

std::string_view name_of(own_records what) {
    return what == own_records::tasks ? "tasks" : "notifications";
}

// Lines in a file and where they end.
class line_file {
public:
    explicit line_file(std::filesystem::path path) : path_(std::move(path)), to_(path_, std::ios::binary) {
        check();
    }

    void append(std::string_view piece, bool last) {
        to_ << piece;
        bytes_ += piece.size();
        if (!last) return;
        to_ << '\n';
        ends_.push_back(++bytes_);
    }
    std::uint64_t bytes() const { return bytes_; }

    // Writes the lines from the last to the first, and deletes this file.
    void write_reversed(const std::filesystem::path& to) {
        to_.close();
        check();
        {
            std::ifstream from(path_, std::ios::binary);
            std::ofstream out(to, std::ios::binary);
            std::string piece;
            for (auto end = ends_.rbegin(); end != ends_.rend(); ++end) {
                const auto begin = std::next(end) == ends_.rend() ? 0 : *std::next(end);
                copy(from, begin, *end - begin, out, piece);
            }
            out.close();
            if (!out || !from) throw std::runtime_error(fmt::format("{} cannot be written", to.string()));
        }
        std::filesystem::remove(path_);
    }

private:
    static void copy(
        std::ifstream& from, std::uint64_t begin, std::uint64_t bytes, std::ofstream& to, std::string& piece
    ) {
        from.seekg(static_cast<std::streamoff>(begin));
        while (bytes > 0) {
            piece.resize(std::min<std::uint64_t>(bytes, copy_bytes));
            from.read(piece.data(), static_cast<std::streamsize>(piece.size()));
            to << piece;
            bytes -= piece.size();
        }
    }

    void check() const {
        if (!to_)
            throw std::runtime_error(fmt::format("{} cannot be written: the disk is full", path_.string()));
    }

    const std::filesystem::path path_;
    std::ofstream to_;
    std::uint64_t bytes_{0};
    std::vector<std::uint64_t> ends_;
};

// Of a coroutine on a shard, so that nothing of it is on the waiting thread's stack.
awaitable<result<personal_data::export_page>> read_page_of(
    personal_data::read_page read, context ctx, std::int64_t user_id, std::string cursor
) {
    co_return co_await read(ctx, user_id, std::move(cursor));
}

// Gives up as soon as the control says stop; the page then comes to nobody.
result<personal_data::export_page> wait_for_page(
    const record_sources& from,
    const personal_data::read_page& read,
    std::int64_t user_id,
    std::string cursor,
    const run_control& control
) {
    const context ctx{{}, std::min(deadline_in(page_patience), control.until()), {}};
    auto page = asio::co_spawn(
        from.runtime.executor(from.runtime.next_shard()),
        read_page_of(read, ctx, user_id, std::move(cursor)),
        asio::use_future
    );
    while (page.wait_for(look_every) != std::future_status::ready) {
        if (control.should_stop()) return fail(errc::deadline_exceeded, "told to stop");
    }
    return page.get();
}

}  // namespace

result<local_file> fetch_records(
    const record_sources& from,
    own_records what,
    std::int64_t user_id,
    const std::filesystem::path& folder,
    const run_control& control
) {
    const auto name = fmt::format("{}.ndjson", name_of(what));
    const auto path = folder / name;
    const auto made = [&] {
        return local_file{path, name, "application/x-ndjson", std::filesystem::file_size(path)};
    };
    if (std::filesystem::exists(path)) return made();
    const auto& read = what == own_records::tasks ? from.tasks : from.notifications;
    line_file lines(folder / fmt::format("{}.newest-first", name_of(what)));
    json_list items(std::string(name_of(what)), [&](std::string_view piece, bool last) {
        lines.append(piece, last);
    });
    std::string cursor;
    do {
        auto page = wait_for_page(from, read, user_id, std::move(cursor), control);
        if (!page) return page.error();
        items.push(page->json);
        cursor = std::move(page->next_cursor);
        if (lines.bytes() > from.max_bytes) {
            return fail(
                errc::payload_too_large,
                fmt::format(
                    "your {} take more than the {} bytes that a task may read of them; ask the operator to "
                    "raise "
                    "tasks.records_max_bytes",
                    name_of(what),
                    from.max_bytes
                )
            );
        }
    } while (!cursor.empty());
    if (!items.complete())
        return fail(errc::unavailable, fmt::format("the {} came without their end", name_of(what)));
    lines.write_reversed(path);
    return made();
}

personal_data::read_page export_from_notifications(grpc_client::peer notifications) {
    using namespace ::eventstreammonitor::notifications::v1;
    return personal_data::export_from<NotificationService, ExportUserRequest, ExportUserResponse>(
        std::move(notifications)
    );
}

}  // namespace esm::tasks
