// See transfer.hpp.
#include "platform/fetch/transfer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "platform/fetch/target.hpp"

namespace esm::fetch {

namespace {

using kind = reply::kind;

constexpr std::size_t head_max_bytes = 64 * 1024;

// RFC 9110 section 5.6.2.
bool is_token(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || marks.find(c) != std::string_view::npos;
    });
}

bool is_header_value(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    });
}

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

// Without a body these announce none either.
bool has_no_body(const call& given) {
    return given.body.empty() &&
           (given.method == "GET" || given.method == "DELETE" || given.method == "OPTIONS");
}

}  // namespace

std::string problem_of(const call& given) {
    if (!is_token(given.method)) return "the method is none";
    for (const auto& [name, value] : given.headers) {
        if (!is_token(name)) return "the name of a header is none";
        if (!is_header_value(value)) return fmt::format("the header {} holds control characters", name);
    }
    return {};
}

transfer::transfer(const courier_options& options, CURLSH* pool)
    : options_(options), pool_(pool), easy_(make_easy_handle()) {}

void transfer::prepare(pending_ptr call) {
    call_ = std::move(call);
    reply_ = {};
    head_bytes_ = 0;
    head_ended_ = cut_ = forbidden_ = allowed_ = false;
    auto* easy = easy_.get();
    curl_easy_reset(easy);
    curl_easy_setopt(easy, CURLOPT_SHARE, pool_);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
    curl_easy_setopt(easy, CURLOPT_URL, call_->given.url.c_str());
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    // Where libcurl knows HTTP/2, over TLS only: a server may speak it or not.
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    curl_easy_setopt(easy, CURLOPT_HTTP09_ALLOWED, 0L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    // A name that its server does not resolve would otherwise hold the one thread until the system gives up.
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "EventStreamMonitor");
    if (!options_.ca_file.empty()) curl_easy_setopt(easy, CURLOPT_CAINFO, options_.ca_file.c_str());
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(call_->until - std::chrono::steady_clock::now());
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(std::max<std::int64_t>(left.count(), 1)));
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, &transfer::on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, &transfer::on_bytes);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
    prepare_request();
    if (call_->given.strangers) prepare_for_strangers();
}

void transfer::prepare_request() {
    auto* easy = easy_.get();
    const auto& given = call_->given;
    headers_.reset();
    // What libcurl adds by itself where the caller names none: a type that the body does not have, and a
    // pause before a large one.
    append(headers_, "Content-Type:");
    append(headers_, "Expect:");
    for (const auto& [name, value] : given.headers) {
        append(headers_, value.empty() ? name + ";" : name + ": " + value);
    }
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers_.get());
    if (given.method == "HEAD") {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }
    if (!has_no_body(given)) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, given.body.data());
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(given.body.size()));
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, given.method.c_str());
}

void transfer::prepare_for_strangers() {
    auto* easy = easy_.get();
    // A proxy would connect where we may not.
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, &transfer::on_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
}

reply transfer::finish(CURLcode ended) {
    const auto& host = call_->shown;
    long status = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
    if (ended == CURLE_OK || (cut_ && ended == CURLE_WRITE_ERROR)) {
        reply_.how = kind::answered;
        reply_.status = static_cast<unsigned>(status);
        return std::move(reply_);
    }
    if (forbidden_ && !allowed_) return {kind::forbidden, call_->not_allowed};
    switch (ended) {
        case CURLE_OPERATION_TIMEDOUT:
            return unanswered(no_answer_text(*call_));
        case CURLE_WRITE_ERROR:
            return unanswered(fmt::format("{}: the headers of the answer are too large", host));
        default:
            return unanswered(fmt::format("{}: {}", host, curl_easy_strerror(ended)));
    }
}

reply transfer::unanswered(std::string why) const {
    reply none{kind::away, std::move(why)};
    none.may_have_arrived = is_out();
    return none;
}

bool transfer::is_out() const {
    long sent_bytes = 0;
    curl_easy_getinfo(easy_.get(), CURLINFO_REQUEST_SIZE, &sent_bytes);
    return sent_bytes > 0;
}

void transfer::answer(reply given) {
    call_->answer.set_value(std::move(given));
    call_.reset();
}

curl_socket_t transfer::on_socket(void* self, curlsocktype, curl_sockaddr* to) {
    auto& mine = *static_cast<transfer*>(self);
    const auto opened = open_checked_socket(mine.options_.strangers, *to);
    (opened ? mine.allowed_ : mine.forbidden_) = true;
    return opened.value_or(CURL_SOCKET_BAD);
}

std::size_t transfer::on_header(const char* data, std::size_t, std::size_t size, void* self) {
    auto& mine = *static_cast<transfer*>(self);
    mine.head_bytes_ += size;
    if (mine.head_bytes_ > head_max_bytes) return 0;
    mine.take_header({data, size});
    return size;
}

void transfer::take_header(std::string_view line) {
    if (line.starts_with("HTTP/"
        )) {  // another head: what came before was an interim one (RFC 9110 section 15.2)
        reply_.headers.clear();
        head_ended_ = false;
        return;
    }
    const auto text = trimmed(line);
    if (text.empty()) head_ended_ = true;
    const auto colon = text.find(':');
    // Trailers come here, too, and shall not pass for headers (RFC 9110 section 6.5.1).
    if (head_ended_ || colon == std::string_view::npos) return;
    reply_.headers.emplace_back(lower_case(text.substr(0, colon)), trimmed(text.substr(colon + 1)));
}

std::size_t transfer::on_bytes(const char* data, std::size_t, std::size_t size, void* self) {
    auto& mine = *static_cast<transfer*>(self);
    const auto room = mine.options_.reply_max_bytes - mine.reply_.body.size();
    mine.reply_.body.append(data, std::min(size, room));
    // Refusing the rest ends the transfer: a body without end must not keep its place until it times out.
    mine.cut_ = size > room;
    return mine.cut_ ? 0 : size;
}

}  // namespace esm::fetch
