// fetch_over_http of authenticator.hpp: libcurl's easy interface on one pool thread, since keys are fetched
// rarely.
#include <curl/curl.h>
#include <fmt/format.h>

#include "platform/async/compute_pool.hpp"
#include "platform/security/authenticator.hpp"

namespace esm::security {

namespace {

constexpr long timeout_ms = 2000;
constexpr std::size_t body_max_bytes = 1024 * 1024;
constexpr std::size_t waiting_max = 16;

struct curl_deleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

std::size_t append_body(const char* data, std::size_t, std::size_t size, void* to) {
    auto& body = *static_cast<std::string*>(to);
    if (body.size() + size > body_max_bytes) return 0;  // ends the transfer with CURLE_WRITE_ERROR
    body.append(data, size);
    return size;
}

// The pool has its own lane for refusals, so that a job does not answer with a result.
struct outcome {
    bool fetched{false};
    std::string text;  // the body, or what went wrong
};

// Fetched is the body of a 200 answer.
outcome get(const std::string& url) {
    static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
    const std::unique_ptr<CURL, curl_deleter> call(curl_easy_init());
    if (initialised != CURLE_OK || !call) return {false, "libcurl cannot be initialised"};
    std::string body;
    curl_easy_setopt(call.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(call.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(
        call.get(), CURLOPT_PROXY, ""
    );  // a service of ours, never behind the environment's proxy
    curl_easy_setopt(call.get(), CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(call.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(call.get(), CURLOPT_WRITEFUNCTION, append_body);
    curl_easy_setopt(call.get(), CURLOPT_WRITEDATA, &body);
    const CURLcode ended = curl_easy_perform(call.get());
    if (ended != CURLE_OK) return {false, fmt::format("{}: {}", url, curl_easy_strerror(ended))};
    long status = 0;
    curl_easy_getinfo(call.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) return {false, fmt::format("{} answered {}", url, status)};
    return {true, std::move(body)};
}

outcome get_first(const std::vector<std::string>& urls) {
    std::string problems;
    for (const auto& url : urls) {
        auto answer = get(url);
        if (answer.fetched) return answer;
        problems += (problems.empty() ? "" : "; ") + answer.text;
    }
    return {false, problems.empty() ? "no URL of keys is configured" : problems};
}

struct fetcher {
    std::vector<std::string> urls;
    async::compute_pool pool{"key fetch", 1, waiting_max};
};

awaitable<result<std::string>> fetch(std::shared_ptr<fetcher> held) {
    auto answer = co_await held->pool.run([urls = held->urls] { return get_first(urls); });
    if (!answer) co_return answer.error();
    if (!answer->fetched) co_return fail(errc::unavailable, std::move(answer->text));
    co_return std::move(answer->text);
}

}  // namespace

fetch_keys fetch_over_http(std::vector<std::string> urls) {
    auto held = std::make_shared<fetcher>();
    held->urls = std::move(urls);
    return [held] { return fetch(held); };
}

}  // namespace esm::security
