// See answer_head.hpp.
#include "platform/fetch/answer_head.hpp"

#include <curl/curl.h>

#include <algorithm>
#include <charconv>
#include <ctime>

namespace esm::fetch {

namespace {

constexpr std::chrono::seconds retry_after_max{3600};

std::optional<std::uint64_t> number(std::string_view text) {
    std::uint64_t read = 0;
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), read);
    if (failed != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return read;
}

bool is(std::string_view name, std::string_view wanted) {
    return name.size() == wanted.size() && curl_strnequal(name.data(), wanted.data(), wanted.size());
}

}  // namespace

std::optional<std::chrono::seconds> read_retry_after(std::string_view value, std::chrono::seconds at_most) {
    if (value.empty()) return std::nullopt;
    const auto limit = static_cast<std::uint64_t>(at_most.count());
    if (value.find_first_not_of("0123456789") == std::string_view::npos) {
        // More digits than a number holds are more than the limit, too.
        return std::chrono::seconds(std::min(number(value).value_or(limit), limit));
    }
    const auto at = curl_getdate(std::string(value).c_str(), nullptr);
    if (at < 0) return std::nullopt;
    return std::clamp(std::chrono::seconds(at - std::time(nullptr)), std::chrono::seconds(0), at_most);
}

void answer_head::take(std::string_view line) {
    while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' '))
        line.remove_suffix(1);
    if (line.starts_with("HTTP/")) {
        *this = {};
        const auto space = line.find(' ');
        if (space != std::string_view::npos)
            status = static_cast<int>(number(line.substr(space + 1, 3)).value_or(0));
        return;
    }
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) return;
    const auto name = line.substr(0, colon);
    auto value = line.substr(colon + 1);
    value.remove_prefix(std::min(value.find_first_not_of(" \t"), value.size()));
    if (is(name, "location")) location = value;
    if (is(name, "etag")) etag = value;
    if (is(name, "last-modified")) last_modified = value;
    if (is(name, "content-length")) length = number(value);
    if (is(name, "retry-after"))
        retry_after = read_retry_after(value, retry_after_max).value_or(std::chrono::seconds(0));
    if (is(name, "content-encoding")) encoded = !is(value, "identity") && !value.empty();
    if (is(name, "content-range") && value.starts_with("bytes ")) {
        value.remove_prefix(6);
        range_first = number(value.substr(0, value.find('-')));
        const auto slash = value.find('/');
        if (slash != std::string_view::npos) range_total = number(value.substr(slash + 1));
    }
}

std::string answer_head::validator() const {
    if (!etag.empty()) return etag.starts_with("W/") ? std::string() : etag;
    return last_modified;
}

bool answer_head::is_redirect() const {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool answer_head::may_pass() const {
    return status >= 500 || status == 429 || status == 408 || status == 425;
}

}  // namespace esm::fetch
