// See service_token.hpp.
#include "platform/security/service_token.hpp"

#include <curl/curl.h>

#include "platform/async/compute_pool.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/json_decoder.hpp"
#include "platform/observe/log.hpp"

namespace esm::security {

namespace {

constexpr long timeout_ms = 2000;
constexpr std::size_t body_max_bytes = 64 * 1024;
constexpr std::size_t waiting_max = 1024;
constexpr std::int64_t margin_s = 60;

struct token {
    std::string text;
    deadline good_until;
    std::string failure;
};

struct curl_deleter {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};

std::size_t append_body(const char* data, std::size_t, std::size_t size, void* to) {
    auto& body = *static_cast<std::string*>(to);
    if (body.size() + size > body_max_bytes) return 0;
    body.append(data, size);
    return size;
}

token read_token(const std::string& body) {
    const auto parsed = json::parse_object(body);
    if (!parsed) return {{}, {}, "the answer is no JSON"};
    const auto* text = parsed->if_contains("access_token");
    const auto* lifetime = parsed->if_contains("expires_in");
    if (text == nullptr || !text->is_string() || lifetime == nullptr || !lifetime->is_int64()) {
        return {{}, {}, "the answer has no token"};
    }
    const auto good_s = std::max<std::int64_t>(lifetime->get_int64() - margin_s, lifetime->get_int64() / 2);
    return {std::string(text->get_string()), deadline_in(std::chrono::seconds(good_s)), {}};
}

token ask(const std::string& url, const client_credentials& with) {
    const std::unique_ptr<CURL, curl_deleter> call(curl_easy_init());
    std::string body;
    curl_easy_setopt(call.get(), CURLOPT_URL, url.c_str());
    curl_easy_setopt(call.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(call.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(call.get(), CURLOPT_USERNAME, with.client_id.c_str());
    curl_easy_setopt(call.get(), CURLOPT_PASSWORD, with.client_secret.c_str());
    curl_easy_setopt(call.get(), CURLOPT_POSTFIELDS, "grant_type=client_credentials");
    curl_easy_setopt(call.get(), CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(call.get(), CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(call.get(), CURLOPT_WRITEFUNCTION, append_body);
    curl_easy_setopt(call.get(), CURLOPT_WRITEDATA, &body);
    const auto ended = curl_easy_perform(call.get());
    if (ended != CURLE_OK) return {{}, {}, fmt::format("{}: {}", url, curl_easy_strerror(ended))};
    long status = 0;
    curl_easy_getinfo(call.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status != 200) return {{}, {}, fmt::format("{} answered {}", url, status)};
    return read_token(body);
}

// One thread asks: whoever waits behind it finds the token there.
struct source {
    client_credentials with;
    std::mutex mutex;
    token held;
    async::compute_pool pool{"service token", 1, waiting_max};

    std::string kept() {
        const std::lock_guard lock(mutex);
        return held.good_until > std::chrono::steady_clock::now() ? held.text : std::string();
    }

    token get() {
        if (auto text = kept(); !text.empty()) return {text, {}, {}};
        token got{{}, {}, "auth.token_urls is empty"};
        for (const auto& url : with.token_urls) {
            got = ask(url, with);
            if (got.failure.empty()) break;
        }
        const std::lock_guard lock(mutex);
        if (got.failure.empty()) held = got;
        return got;
    }
};

awaitable<result<std::string>> fetch(std::shared_ptr<source> from) {
    if (auto text = from->kept(); !text.empty()) co_return text;
    auto got = co_await from->pool.run([from] { return from->get(); });
    if (!got) co_return got.error();
    if (got->failure.empty()) co_return std::move(got->text);
    observe::log(observe::level::warn, "no service token", {{"cause", got->failure}});
    co_return fail(errc::unavailable, "another service cannot be called at the moment");
}

}  // namespace

std::function<awaitable<result<std::string>>()> service_token(client_credentials with) {
    auto held = std::make_shared<source>();
    held->with = std::move(with);
    return [held] { return fetch(held); };
}

}  // namespace esm::security
