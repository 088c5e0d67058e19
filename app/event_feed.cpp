// See event_feed.hpp.
#include "app/event_feed.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace esm::app {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds pause_first = 500ms;
constexpr std::chrono::milliseconds pause_last = 8s;
constexpr auto away_max = 90s;     // then the command gives up
constexpr long silent_max_s = 60;  // four heartbeats: the connection is dead
constexpr long connect_timeout_ms = 5'000;
constexpr std::size_t refusal_max_bytes = 64UL * 1024;

}  // namespace

struct event_feed::stream {
    event_feed* owner{nullptr};
    std::string path;
    listener tell;
    CURL* handle{nullptr};  // null: between two tries, or over
    curl_slist* headers{nullptr};
    event_parser parser;
    std::string last_id;
    http_answer refusal;  // of an answer that is no stream
    bool over{false}, heard{false}, refused_token{false};
    clock::time_point next_try{};
    clock::time_point good_at{clock::now()};  // when something was heard last
    std::chrono::milliseconds pause{pause_first};
    std::exception_ptr failure;

    void close(CURLM* multi) {
        if (handle == nullptr) return;
        curl_multi_remove_handle(multi, handle);
        curl_easy_cleanup(handle);
        curl_slist_free_all(headers);
        handle = nullptr;
        headers = nullptr;
    }
};

event_feed::event_feed(api_client& client) : client_(client), multi_(curl_multi_init()) {}

event_feed::~event_feed() {
    for (const auto& each : streams_) each->close(multi_);
    curl_multi_cleanup(multi_);
}

void event_feed::follow(std::string path, listener tell) {
    auto& added = streams_.emplace_back(std::make_unique<stream>());
    added->owner = this;
    added->path = std::move(path);
    added->tell = std::move(tell);
}

bool event_feed::is_reconnecting() const {
    return std::any_of(streams_.begin(), streams_.end(), [](const auto& each) {
        return !each->over && !each->heard && each->pause != pause_first;
    });
}

void event_feed::begin(stream& each) {
    each.parser = {};
    each.refusal = {};
    each.heard = false;
    each.handle = curl_easy_init();
    const auto url = client_.url(api::tasks, each.path);
    const auto add = [&](const std::string& line) {
        each.headers = curl_slist_append(each.headers, line.c_str());
    };
    add("Accept: text/event-stream");
    add("User-Agent: esm");
    add("Authorization: Bearer " + client_.token());
    if (!each.last_id.empty()) add("Last-Event-ID: " + each.last_id);
    curl_easy_setopt(each.handle, CURLOPT_URL, url.c_str());
    curl_easy_setopt(each.handle, CURLOPT_HTTPHEADER, each.headers);
    curl_easy_setopt(each.handle, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(each.handle, CURLOPT_CONNECTTIMEOUT_MS, connect_timeout_ms);
    curl_easy_setopt(each.handle, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(each.handle, CURLOPT_LOW_SPEED_TIME, silent_max_s);
    curl_easy_setopt(each.handle, CURLOPT_WRITEFUNCTION, &event_feed::take);
    curl_easy_setopt(each.handle, CURLOPT_WRITEDATA, &each);
    curl_easy_setopt(each.handle, CURLOPT_PRIVATE, &each);
    curl_multi_add_handle(multi_, each.handle);
}

// Called inside of poll(): an exception must not pass through libcurl, so it is kept for poll to throw.
std::size_t event_feed::take(char* data, std::size_t size, std::size_t count, void* to) {
    auto& each = *static_cast<stream*>(to);
    const std::string_view bytes(data, size * count);
    long status = 0;
    curl_easy_getinfo(each.handle, CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) {
        if (each.refusal.body.size() < refusal_max_bytes) each.refusal.body += bytes;
        return bytes.size();
    }
    each.heard = true;
    each.refused_token = false;
    each.good_at = clock::now();
    each.pause = pause_first;
    try {
        for (const auto& event : each.parser.feed(bytes)) {
            if (!event.id.empty()) each.last_id = event.id;
            if (!each.over && !each.tell(event)) each.over = true;
        }
    } catch (...) {
        each.failure = std::current_exception();
        return 0;
    }
    return each.over ? 0 : bytes.size();
}

void event_feed::try_again(stream& each, std::chrono::milliseconds pause, const std::string& why) {
    if (clock::now() - each.good_at > away_max) {
        throw client_failed(client_exit::refused, fmt::format("{}: {}", client_.url(api::tasks, ""), why));
    }
    each.next_try = clock::now() + pause;
    each.pause = std::min(each.pause * 2, pause_last);
}

// What the end of an answer means: the stream is over, is to be had again, or was refused.
void event_feed::finish(stream& each, CURLcode outcome) {
    curl_easy_getinfo(each.handle, CURLINFO_RESPONSE_CODE, &each.refusal.status);
    each.close(multi_);
    if (each.failure) std::rethrow_exception(each.failure);
    const auto status = each.refusal.status;
    if (each.over || status == 204) {
        each.over = true;
        return;
    }
    if (status == 0) return try_again(each, each.pause, curl_easy_strerror(outcome));
    if (status == 200) {
        // The server ended it; what it asked us to wait is meant for this.
        each.heard = false;
        const auto asked = std::chrono::milliseconds(each.parser.retry_ms().value_or(pause_first.count()));
        each.next_try = clock::now() + std::min(asked, pause_last);
        return;
    }
    if (status == 401 && !each.refused_token) {
        each.refused_token = true;
        client_.renew_token();
        each.next_try = clock::now();
        return;
    }
    if (status == 429 || status >= 500) {
        return try_again(each, std::max(each.pause, 1'000ms), fmt::format("the server answers {}", status));
    }
    expect_success(each.refusal, client_.url(api::tasks, ""));
}

void event_feed::poll(std::chrono::milliseconds patience) {
    for (const auto& each : streams_) {
        if (!each->over && each->handle == nullptr && each->next_try <= clock::now()) begin(*each);
    }
    int running = 0;
    curl_multi_perform(multi_, &running);
    curl_multi_poll(multi_, nullptr, 0, static_cast<int>(patience.count()), nullptr);
    curl_multi_perform(multi_, &running);
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi_, &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        stream* ended = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &ended);
        finish(*ended, message->data.result);
    }
}

}  // namespace esm::app
