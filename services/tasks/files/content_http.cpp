// See content_http.hpp.
#include "services/tasks/files/content_http.hpp"

#include <charconv>

#include "platform/http/cursor.hpp"
#include "platform/http/text.hpp"

namespace esm::tasks {

namespace {

constexpr std::size_t part_bytes = 256 * 1024;

// Reads on a pool thread, one part ahead of nobody: a slow client costs one part of memory.
class content_source final : public http::body_source {
public:
    content_source(vault& from, std::unique_ptr<files::reader> reading, std::uint64_t count)
        : vault_(from), reading_(std::move(reading)), count_(count) {}

    std::optional<std::uint64_t> length() const override { return count_; }

    awaitable<std::string> next() override {
        auto part = co_await vault_.on_pool([reading = reading_] { return reading->read(part_bytes); });
        if (!part) throw std::runtime_error("a download broke off: " + part.error().detail);
        co_return std::move(*part);
    }

private:
    vault& vault_;
    const std::shared_ptr<files::reader> reading_;  // shared with the job that reads
    const std::uint64_t count_;
};

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t read = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), read);
    if (text.empty() || failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return read;
}

http::response unsatisfiable(const http::request& call, const stored_file& shown) {
    auto reply = http::problem_reply(
        fail(errc::range_not_satisfiable, fmt::format("the file has {} bytes", shown.bytes)), call
    );
    reply.headers.emplace_back("Content-Range", fmt::format("bytes */{}", shown.bytes));
    return reply;
}

void describe(http::response& reply, const stored_file& shown) {
    reply.content_type = shown.media_type;
    reply.headers.emplace_back("ETag", etag_of(shown));
    reply.headers.emplace_back("Accept-Ranges", "bytes");
    reply.headers.emplace_back("Content-Disposition", content_disposition(shown.name));
    // A browser that shows it all the same runs nothing of it.
    reply.headers.emplace_back("Content-Security-Policy", "default-src 'none'; sandbox");
}

}  // namespace

range_kind read_range(std::string_view range, std::uint64_t bytes, byte_range& asked) {
    asked = {0, bytes};
    constexpr std::string_view unit = "bytes=";
    if (!range.starts_with(unit)) return range_kind::whole;
    range.remove_prefix(unit.size());
    const auto dash = range.find('-');
    if (dash == std::string_view::npos) return range_kind::whole;
    const auto first = number(http::trim(range.substr(0, dash)));
    const auto last_text = http::trim(range.substr(dash + 1));
    const auto last = number(last_text);
    if (!first && http::trim(range.substr(0, dash)).empty() && last) {  // the last so many
        if (*last == 0 || bytes == 0) return range_kind::unsatisfiable;
        asked.count = std::min(*last, bytes);
        asked.first = bytes - asked.count;
        return range_kind::part;
    }
    if (!first || (!last && !last_text.empty()) || (last && *last < *first)) return range_kind::whole;
    if (*first >= bytes) return range_kind::unsatisfiable;
    asked.first = *first;
    asked.count = std::min(last.value_or(bytes - 1), bytes - 1) - *first + 1;
    return range_kind::part;
}

std::string content_disposition(std::string_view name) {
    std::string plain;
    for (const char each : name) {
        const auto code = static_cast<unsigned char>(each);
        plain += code < 0x20 || code >= 0x7f || each == '"' || each == '\\' || each == '%' ? '_' : each;
    }
    return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plain, http::percent_encode(name));
}

awaitable<result<http::response>> get_content(files_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto found = co_await visible_file(deps, call);
    if (!found) co_return found.error();
    http::response reply;
    describe(reply, *found);
    const auto none_match = call.header("if-none-match");
    if (none_match == "*" || none_match.find(etag_of(*found)) != std::string_view::npos) {
        reply.status = 304;
        co_return reply;
    }
    const auto if_range = call.header("if-range");
    const bool ranged = if_range.empty() || if_range == etag_of(*found);
    byte_range asked;
    const auto bytes = static_cast<std::uint64_t>(found->bytes);
    const auto kind = read_range(ranged ? call.header("range") : std::string_view(), bytes, asked);
    if (kind == range_kind::unsatisfiable) co_return unsatisfiable(call, *found);
    if (kind == range_kind::part) {
        reply.status = 206;
        reply.headers.emplace_back(
            "Content-Range", fmt::format("bytes {}-{}/{}", asked.first, asked.first + asked.count - 1, bytes)
        );
    }
    auto opened = co_await deps.files.on_pool([&deps, &found, asked] {
        return deps.files.store().open(found->store_key, asked.first, asked.count);
    });
    if (!opened) co_return opened.error();
    reply.source = std::make_shared<content_source>(deps.files, std::move(*opened), asked.count);
    co_return reply;
}

}  // namespace esm::tasks
