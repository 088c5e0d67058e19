// See s3_client.hpp.
#include "platform/files/s3_client.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <random>
#include <thread>

#include "platform/files/digest.hpp"

namespace esm::files {

namespace {

constexpr int tries_max = 5;
constexpr std::chrono::milliseconds first_pause{200};
constexpr long connect_timeout_ms = 5'000;
constexpr long slow_seconds = 20;  // slower than slow_bytes a second for so long is a dead connection
constexpr long slow_bytes = 1'024;
constexpr long call_timeout_ms = 120'000;
constexpr std::size_t answer_max_bytes = 64UL * 1024 * 1024;
constexpr std::size_t idle_max = 16;

struct header_list {
    ~header_list() { curl_slist_free_all(head); }
    header_list() = default;
    header_list(const header_list&) = delete;
    header_list& operator=(const header_list&) = delete;
    void add(const std::string& line) { head = curl_slist_append(head, line.c_str()); }
    curl_slist* head{nullptr};
};

std::size_t append_body(const char* data, std::size_t, std::size_t size, void* to) {
    auto& body = static_cast<s3_answer*>(to)->body;
    if (body.size() + size > answer_max_bytes) return 0;
    body.append(data, size);
    return size;
}

std::size_t take_header(const char* data, std::size_t, std::size_t size, void* to) {
    std::string_view line(data, size);
    constexpr std::string_view name = "etag:";
    const bool is_etag = line.size() > name.size() && curl_strnequal(line.data(), name.data(), name.size());
    if (!is_etag) return size;
    line.remove_prefix(name.size());
    const auto from = line.find_first_not_of(" \t");
    const auto to_end = line.find_last_not_of(" \t\r\n");
    if (from != std::string_view::npos) {
        static_cast<s3_answer*>(to)->etag = line.substr(from, to_end - from + 1);
    }
    return size;
}

// Full jitter, doubled each time.
void wait_before(int next_try) {
    thread_local std::mt19937_64 dice(std::random_device{}());
    const auto longest = first_pause.count() << (next_try - 1);
    std::this_thread::sleep_for(std::chrono::milliseconds(
        std::uniform_int_distribution<std::int64_t>(first_pause.count() / 2, longest)(dice)
    ));
}

bool may_pass(long status) {
    return status >= 500 || status == 429 || status == 408;
}

std::string why(const s3_answer& answer) {
    const auto codes = xml_texts(answer.body, "Code");
    return fmt::format("{} {}", answer.status, codes.empty() ? "" : codes.front());
}

}  // namespace

std::vector<std::string> xml_texts(std::string_view xml, std::string_view tag) {
    std::vector<std::string> found;
    const auto open = fmt::format("<{}>", tag);
    const auto close = fmt::format("</{}>", tag);
    for (auto at = xml.find(open); at != std::string_view::npos; at = xml.find(open, at)) {
        at += open.size();
        const auto end = xml.find(close, at);
        if (end == std::string_view::npos) break;
        found.emplace_back(xml.substr(at, end - at));
    }
    return found;
}

s3_client::s3_client(s3_options options) : options_(std::move(options)) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (initialised != CURLE_OK) throw std::runtime_error("libcurl cannot be initialised");
}

s3_client::handle s3_client::take() {
    {
        const std::lock_guard lock(mutex_);
        if (!idle_.empty()) {
            auto used = std::move(idle_.back());
            idle_.pop_back();
            return used;
        }
    }
    handle made(curl_easy_init());
    if (!made) throw std::runtime_error("libcurl cannot be initialised");
    return made;
}

void s3_client::give_back(handle used) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < idle_max) idle_.push_back(std::move(used));
}

std::string s3_client::url_of(const s3_call& what) const {
    auto url = options_.endpoint;
    if (options_.path_style) {
        url += '/' + options_.bucket;
    } else {
        const auto host = url.find("://") + 3;
        url.insert(host, options_.bucket + '.');
    }
    url += '/';
    url += what.key;
    if (!what.query.empty()) url += '?' + what.query;
    return url;
}

void s3_client::sign(CURL* call) const {
    curl_easy_setopt(call, CURLOPT_AWS_SIGV4, fmt::format("aws:amz:{}:s3", options_.region).c_str());
    curl_easy_setopt(call, CURLOPT_USERNAME, options_.access_key.c_str());
    curl_easy_setopt(call, CURLOPT_PASSWORD, options_.secret_key.c_str());
}

CURLcode s3_client::perform(CURL* call, const s3_call& what, s3_answer& answer) const {
    curl_easy_reset(call);
    sign(call);
    running_digest payload;
    payload.update(what.body);
    header_list headers;
    headers.add("x-amz-content-sha256: " + payload.hex());
    headers.add("Content-Type: application/octet-stream");
    const std::string_view method = what.method;
    if (method == "HEAD") {
        curl_easy_setopt(call, CURLOPT_NOBODY, 1L);
    } else if (method != "GET") {
        curl_easy_setopt(call, CURLOPT_CUSTOMREQUEST, what.method);
        curl_easy_setopt(call, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(what.body.size()));
        curl_easy_setopt(call, CURLOPT_POSTFIELDS, what.body.empty() ? "" : what.body.data());
    }
    if (what.count > 0) {
        const auto range = fmt::format("{}-{}", what.first, what.first + what.count - 1);
        curl_easy_setopt(call, CURLOPT_RANGE, range.c_str());
    }
    curl_easy_setopt(call, CURLOPT_URL, url_of(what).c_str());
    curl_easy_setopt(call, CURLOPT_HTTPHEADER, headers.head);
    curl_easy_setopt(call, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(call, CURLOPT_PROXY, "");  // as all our calls: never through the environment's proxy
    curl_easy_setopt(call, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(call, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
    curl_easy_setopt(call, CURLOPT_LOW_SPEED_TIME, slow_seconds);
    curl_easy_setopt(call, CURLOPT_LOW_SPEED_LIMIT, slow_bytes);
    curl_easy_setopt(call, CURLOPT_TIMEOUT_MS, call_timeout_ms);
    curl_easy_setopt(call, CURLOPT_WRITEFUNCTION, append_body);
    curl_easy_setopt(call, CURLOPT_WRITEDATA, &answer);
    curl_easy_setopt(call, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(call, CURLOPT_HEADERDATA, &answer);
    const auto ended = curl_easy_perform(call);
    curl_easy_getinfo(call, CURLINFO_RESPONSE_CODE, &answer.status);
    curl_off_t length = -1;
    curl_easy_getinfo(call, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
    answer.length = length < 0 ? 0 : static_cast<std::uint64_t>(length);
    return ended;
}

s3_answer s3_client::ask(const s3_call& what) {
    auto call = take();
    std::string problem;
    for (int next_try = 0; next_try < tries_max; ++next_try) {
        if (next_try > 0) {
            spdlog::warn("S3: {} {}: {}; trying again", what.method, what.key, problem);
            wait_before(next_try);
        }
        s3_answer answer;
        const auto ended = perform(call.get(), what, answer);
        if (ended != CURLE_OK) {
            problem = curl_easy_strerror(ended);
            continue;
        }
        if (answer.ok() || answer.status == 404) {
            give_back(std::move(call));
            return answer;
        }
        problem = why(answer);
        if (!may_pass(answer.status)) break;
    }
    const auto code = problem.starts_with("507") ? errc::storage_full : errc::unavailable;
    throw store_failure(code, fmt::format("S3: {} {}: {}", what.method, url_of(what), problem));
}

}  // namespace esm::files
