// See access_tokens.hpp.
#include "services/notifications/push/access_tokens.hpp"

#include "platform/base/json_decoder.hpp"
#include "services/notifications/provider_reply.hpp"

namespace esm::notifications {

namespace {

// RFC 7523 section 2.1, escaped for a form. A JWT has nothing to escape.
constexpr std::string_view grant_prefix =
    "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=";
constexpr std::int64_t margin_s = 300;

send_answer no_access(send_answer because) {
    because.text.insert(0, "no access token: ");
    return because;
}

}  // namespace

access_tokens::access_tokens(
    fetch::courier& courier, service_account account, std::string scope, std::chrono::milliseconds timeout
)
    : courier_(courier), account_(std::move(account)), scope_(std::move(scope)), timeout_(timeout) {}

awaitable<access_tokens::access> access_tokens::get() {
    std::optional<answer> joined;
    {
        const std::lock_guard lock(mutex_);
        if (!held_.empty() && std::chrono::steady_clock::now() < good_until_) co_return held_;
        if (asking_) joined = waiting_.emplace_back();
        asking_ = true;
    }
    co_return joined ? co_await joined->get() : co_await ask_for_all();
}

void access_tokens::forget(const std::string& token) {
    const std::lock_guard lock(mutex_);
    if (held_ == token) held_.clear();
}

awaitable<access_tokens::access> access_tokens::ask_for_all() {
    auto got = co_await ask();
    std::vector<answer> waiting;
    {
        const std::lock_guard lock(mutex_);
        asking_ = false;
        waiting.swap(waiting_);
    }
    for (const auto& each : waiting) each.set_value(got);
    co_return got;
}

awaitable<access_tokens::access> access_tokens::ask() {
    try {
        fetch::call call;
        call.url = account_.token_uri;
        call.headers = {{"content-type", "application/x-www-form-urlencoded"}};
        call.body = std::string(grant_prefix) + sign_grant(account_, scope_, now_us() / 1'000'000);
        call.timeout = timeout_;
        co_return keep(co_await courier_.send(std::move(call)));
    } catch (const std::exception& failure) {
        co_return no_access({send_outcome::try_later, failure.what(), {}});
    }
}

access_tokens::access access_tokens::keep(const fetch::reply& got) {
    if (auto none = judge_silence(got, send_outcome::try_later)) return no_access(std::move(*none));
    if (got.status != 200) return no_access(answer_with(send_outcome::try_later, got));
    const auto parsed = json::parse_object(got.body);
    const auto* token = parsed ? parsed->if_contains("access_token") : nullptr;
    const auto* lifetime = parsed ? parsed->if_contains("expires_in") : nullptr;
    if (token == nullptr || !token->is_string() || lifetime == nullptr || !lifetime->is_int64()) {
        // Never the reply's own words: they may hold a token.
        return no_access({send_outcome::try_later, "the answer is none of RFC 6749 section 5.1", {}});
    }
    const auto good_s = std::max<std::int64_t>(lifetime->get_int64() - margin_s, lifetime->get_int64() / 2);
    const std::lock_guard lock(mutex_);
    held_ = std::string(token->get_string());
    good_until_ = deadline_in(std::chrono::seconds(good_s));
    return held_;
}

}  // namespace esm::notifications
