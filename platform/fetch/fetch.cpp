// See fetch.hpp.
#include "platform/fetch/fetch.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "platform/fetch/answer_head.hpp"
#include "platform/fetch/libcurl.hpp"
#include "platform/fetch/target.hpp"
#include "platform/files/digest.hpp"

namespace esm::fetch {

namespace {

using kind = outcome::kind;

constexpr std::chrono::milliseconds first_pause{500};
constexpr std::size_t headers_max_bytes = 64 * 1024;

class download {
public:
    download(const rules& given, const request& what) : rules_(given), what_(what) {
        initialise_libcurl();
        call_ = make_easy_handle();
        file_ = ::open(what.into.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
        if (file_ < 0) throw std::runtime_error(what.into.string() + ": " + std::strerror(errno));
    }
    ~download() { ::close(file_); }
    download(const download&) = delete;
    download& operator=(const download&) = delete;

    outcome run() {
        auto where = parse_target(what_.url);
        if (!where) return {kind::refused, where.error().detail};
        int redirects = 0;
        for (int resumes = 0;;) {
            auto ended = ask(*where);
            if (ended.how != kind::failed) {
                if (ended.how != kind::fetched || !head_.is_redirect()) return ended;
                if (++redirects > rules_.redirects_max) {
                    return {kind::refused, fmt::format("more than {} redirects", rules_.redirects_max)};
                }
                where = follow(*where, head_.location);
                if (!where) return {kind::refused, where.error().detail};
                continue;
            }
            // Only a transfer that had begun goes on here; whoever asked tries anything else again later.
            if (!dropped_ || resumes++ == rules_.resumes_max) return ended;
            if (!pause(first_pause * (1 << (resumes - 1)))) return {kind::stopped, {}};
        }
    }

private:
    outcome ask(const target& where) {
        const auto addresses = resolve(rules_, where);
        if (!addresses) {
            const bool later = addresses.error().code == errc::unavailable;
            return {later ? kind::failed : kind::refused, addresses.error().detail};
        }
        begin_ = bytes_ > 0 && !validator_.empty() ? bytes_ : 0;
        head_ = {};
        writing_ = dropped_ = false;
        problem_.reset();
        string_list headers;
        string_list pinned;
        prepare(where, *addresses, headers, pinned);
        const auto ended = curl_easy_perform(call_.get());
        if (problem_) return *problem_;
        if (what_.should_stop()) return {kind::stopped, {}};
        if (ended != CURLE_OK) return broken(where, ended);
        if (head_.is_redirect()) {
            if (head_.location.empty()) return {kind::refused, "a redirect leads nowhere"};
            return {kind::fetched, {}};
        }
        if (!writing_ && !start_writing()) return *problem_;
        if (total_ > 0 && bytes_ != total_) return broken(where, CURLE_PARTIAL_FILE);
        outcome done{kind::fetched, {}};
        done.bytes = bytes_;
        done.sha256 = digest_.hex();
        return done;
    }

    void prepare(
        const target& where, const std::vector<address>& addresses, string_list& headers, string_list& pinned
    ) {
        auto* call = call_.get();
        curl_easy_reset(call);
        std::string pin = fmt::format("{}:{}:", where.host, where.port);
        for (std::size_t i = 0; i < addresses.size(); ++i) {
            const auto text = addresses[i].to_string();
            pin += (i > 0 ? "," : "") + (addresses[i].is_v6() ? "[" + text + "]" : text);
        }
        append(pinned, pin);
        curl_easy_setopt(call, CURLOPT_RESOLVE, pinned.get());
        curl_easy_setopt(call, CURLOPT_URL, where.url.c_str());
        curl_easy_setopt(call, CURLOPT_PROTOCOLS_STR, "http,https");
        curl_easy_setopt(call, CURLOPT_FOLLOWLOCATION, 0L);
        curl_easy_setopt(call, CURLOPT_PROXY, "");
        curl_easy_setopt(call, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
        curl_easy_setopt(call, CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(call, CURLOPT_FRESH_CONNECT, 1L);
        curl_easy_setopt(call, CURLOPT_FORBID_REUSE, 1L);
        curl_easy_setopt(call, CURLOPT_HTTP09_ALLOWED, 0L);
        curl_easy_setopt(call, CURLOPT_USERAGENT, "EventStreamMonitor");
        const auto patience = static_cast<long>(rules_.connect_timeout.count());
        curl_easy_setopt(call, CURLOPT_CONNECTTIMEOUT_MS, patience);
        curl_easy_setopt(call, CURLOPT_SERVER_RESPONSE_TIMEOUT, static_cast<long>(rules_.silence.count()));
        curl_easy_setopt(call, CURLOPT_LOW_SPEED_TIME, static_cast<long>(rules_.silence.count()));
        curl_easy_setopt(call, CURLOPT_LOW_SPEED_LIMIT, static_cast<long>(rules_.silence_min_bytes));
        append(headers, "Accept-Encoding: identity");
        if (begin_ > 0) {
            append(headers, fmt::format("Range: bytes={}-", begin_));
            append(headers, "If-Range: " + validator_);
        }
        curl_easy_setopt(call, CURLOPT_HTTPHEADER, headers.get());
        curl_easy_setopt(call, CURLOPT_OPENSOCKETFUNCTION, &download::on_socket);
        curl_easy_setopt(call, CURLOPT_OPENSOCKETDATA, this);
        curl_easy_setopt(call, CURLOPT_HEADERFUNCTION, &download::on_header);
        curl_easy_setopt(call, CURLOPT_HEADERDATA, this);
        curl_easy_setopt(call, CURLOPT_WRITEFUNCTION, &download::on_bytes);
        curl_easy_setopt(call, CURLOPT_WRITEDATA, this);
        curl_easy_setopt(call, CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(call, CURLOPT_XFERINFOFUNCTION, &download::on_progress);
        curl_easy_setopt(call, CURLOPT_XFERINFODATA, this);
        headers_bytes_ = 0;
    }

    static curl_socket_t on_socket(void* self, curlsocktype, curl_sockaddr* to) {
        auto& mine = *static_cast<download*>(self);
        const auto opened = open_checked_socket(mine.rules_, *to);
        if (!opened) mine.problem_ = outcome{kind::refused, "the URL leads to no public address"};
        return opened.value_or(CURL_SOCKET_BAD);
    }

    static std::size_t on_header(const char* data, std::size_t, std::size_t size, void* self) {
        auto& mine = *static_cast<download*>(self);
        mine.headers_bytes_ += size;
        if (mine.headers_bytes_ > headers_max_bytes) {
            mine.problem_ = outcome{kind::refused, "the headers of the answer are too large"};
            return 0;
        }
        mine.head_.take({data, size});
        return size;
    }

    static std::size_t on_bytes(const char* data, std::size_t, std::size_t size, void* self) {
        auto& mine = *static_cast<download*>(self);
        if (mine.head_.is_redirect()) return size;
        if (!mine.writing_ && !mine.start_writing()) return 0;
        return mine.write({data, size}) ? size : 0;
    }

    static int on_progress(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
        auto& mine = *static_cast<download*>(self);
        if (mine.writing_ && mine.what_.progress) mine.what_.progress(mine.bytes_, mine.total_);
        return mine.what_.should_stop() ? 1 : 0;
    }

    // Once the head is there: whether its body is what was asked for, and where it belongs.
    bool start_writing() {
        if (head_.status == 206 && begin_ > 0 && head_.range_first == begin_) {
            total_ = head_.range_total.value_or(total_);
        } else if (head_.status == 200) {
            start_over();
        } else if (head_.may_pass()) {
            problem_ =
                outcome{kind::failed, fmt::format("the server answered {}", head_.status), head_.retry_after};
        } else {
            problem_ = outcome{kind::refused, fmt::format("the server answered {}", head_.status)};
        }
        if (problem_) return false;
        if (head_.encoded) problem_ = outcome{kind::refused, "the server sent an encoded body unasked"};
        if (total_ > what_.max_bytes) problem_ = too_large();
        writing_ = !problem_;
        return writing_;
    }

    void start_over() {
        bytes_ = 0;
        digest_ = {};
        total_ = head_.length.value_or(0);
        validator_ = head_.validator();
        if (::ftruncate(file_, 0) != 0) throw_file_error();
    }

    bool write(std::string_view part) {
        if (part.size() > what_.max_bytes - bytes_) {
            problem_ = too_large();
            return false;
        }
        digest_.update(part);
        while (!part.empty()) {
            const auto written = ::pwrite(file_, part.data(), part.size(), static_cast<off_t>(bytes_));
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) {
                problem_ = outcome{kind::failed, fmt::format("writing the file: {}", std::strerror(errno))};
                return false;
            }
            bytes_ += static_cast<std::uint64_t>(written);
            part.remove_prefix(static_cast<std::size_t>(written));
        }
        return true;
    }

    outcome too_large() const {
        return {kind::refused, fmt::format("the file is larger than {} bytes", what_.max_bytes)};
    }

    [[noreturn]] void throw_file_error() const {
        throw std::runtime_error(what_.into.string() + ": " + std::strerror(errno));
    }

    outcome broken(const target& where, CURLcode ended) {
        dropped_ = bytes_ > 0;
        const bool untrusted = ended == CURLE_PEER_FAILED_VERIFICATION || ended == CURLE_SSL_CERTPROBLEM;
        return {
            untrusted ? kind::refused : kind::failed,
            fmt::format("{}: {}", where.host, curl_easy_strerror(ended))
        };
    }

    bool pause(std::chrono::milliseconds duration) const {
        const auto until = std::chrono::steady_clock::now() + duration;
        while (std::chrono::steady_clock::now() < until) {
            if (what_.should_stop()) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        return true;
    }

    const rules& rules_;
    const request& what_;
    easy_handle call_;
    int file_{-1};
    files::running_digest digest_;
    std::uint64_t bytes_{0}, total_{0}, begin_{0};
    std::string validator_;  // of what is in the file
    answer_head head_;
    std::size_t headers_bytes_{0};
    bool writing_{false};
    bool dropped_{false};  // the connection ended when some bytes had come
    std::optional<outcome> problem_;
};

}  // namespace

outcome fetch(const rules& given, const request& what) {
    return download(given, what).run();
}

std::string problem_of(std::string_view url) {
    const auto parsed = parse_target(url);
    return parsed ? std::string() : parsed.error().detail;
}

std::string problem_of(std::string_view url, const rules& given) {
    const auto parsed = parse_target(url);
    if (!parsed) return parsed.error().detail;
    if (const auto literal = literal_address(*parsed)) {
        return may_connect(given, *literal, parsed->port) ? std::string() : not_allowed_text(*parsed);
    }
    if (looks_like_address(*parsed)) return "the host of the URL is none";
    // A name may lead to a network that is allowed on purpose, where every port is.
    const bool port_allowed =
        std::find(given.ports.begin(), given.ports.end(), parsed->port) != given.ports.end();
    return port_allowed || !given.allowed.empty() ? std::string() : not_allowed_text(*parsed);
}

bool is_allowed_address(std::string_view url, const rules& given) {
    const auto parsed = parse_target(url);
    const auto literal = parsed ? literal_address(*parsed) : std::nullopt;
    return literal && is_allowed_on_purpose(given, *literal);
}

}  // namespace esm::fetch
