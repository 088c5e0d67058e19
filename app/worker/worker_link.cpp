// See worker_link.hpp.
#include "app/worker/worker_link.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "app/http_client.hpp"
#include "platform/base/json_decoder.hpp"
#include "platform/grpc/client.hpp"
#include "platform/http/text.hpp"

namespace esm::app {

namespace {

namespace proto = ::eventstreammonitor::tasks::v1;
using std::chrono::steady_clock;

constexpr std::int64_t renewed_before_end_s = 60;
constexpr std::string_view token_refused = "the access token is not good";

// "invalid_client: …" of RFC 6749 section 5.2, or the status.
std::string oauth_problem(const http_answer& answer) {
    const auto parsed = json::parse_object(answer.body);
    if (!parsed) return fmt::format("status {}", answer.status);
    const auto text = [&](std::string_view name) {
        const auto* found = parsed->if_contains(name);
        return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
    };
    return fmt::format("{} {}", text("error"), text("error_description"));
}

// Whether the named code says that another try may go well (contracts/errors.yaml).
bool helps_later(const ::grpc::ClientContext& call) {
    const auto& trailers = call.GetServerTrailingMetadata();
    const auto found = trailers.find("esm-error-code");
    if (found == trailers.end()) return false;
    const std::string_view name(found->second.data(), found->second.size());
    return std::any_of(error_table.begin(), error_table.end(), [name](const auto& each) {
        return each.name == name && each.retry != retry_hint::never;
    });
}

}  // namespace

worker_link::worker_link(link_options options)
    : options_(std::move(options)),
      stub_(proto::WorkerService::NewStub(grpc_client::connect({options_.server}, options_.tls))) {}

worker_link::token worker_link::access_token() {
    const std::lock_guard lock(mutex_);
    if (held_.text.empty() || held_.good_until <= steady_clock::now()) {
        auto got = ask_for_token();
        if (got.answer.how != verdict::done) return got;
        held_ = std::move(got);
    }
    return held_;
}

worker_link::token worker_link::ask_for_token() const {
    http_call request{"POST", options_.token_url, {"User-Agent: esm"}, {}};
    request.headers.emplace_back("Content-Type: application/x-www-form-urlencoded");
    request.body = fmt::format(
        "grant_type=client_credentials&scope=tasks%3Awork&client_id={}&client_secret={}",
        http::percent_encode(options_.client_id),
        http::percent_encode(options_.client_secret)
    );
    const auto answer = send(request);
    token got;
    if (answer.status == 0) {
        got.answer = {verdict::away, fmt::format("{}: {}", options_.token_url, answer.error)};
    } else if (answer.status >= 500 || answer.status == 429) {
        got.answer = {verdict::away, fmt::format("{} answered {}", options_.token_url, answer.status)};
    } else if (answer.status != 200) {
        got.answer = {
            verdict::refused,
            fmt::format(
                "no token for the client {} from {}: {}",
                options_.client_id,
                options_.token_url,
                oauth_problem(answer)
            )
        };
    }
    if (got.answer.how != verdict::done) return got;
    const auto parsed = json::parse_object(answer.body);
    const auto* text = parsed ? parsed->if_contains("access_token") : nullptr;
    const auto* lasts = parsed ? parsed->if_contains("expires_in") : nullptr;
    if (text == nullptr || !text->is_string() || lasts == nullptr || !lasts->is_int64()) {
        got.answer = {verdict::refused, options_.token_url + ": the answer is no token"};
        return got;
    }
    const auto good_s =
        std::max<std::int64_t>(lasts->get_int64() - renewed_before_end_s, lasts->get_int64() / 2);
    got.text = std::string(text->get_string());
    got.good_until = steady_clock::now() + std::chrono::seconds(good_s);
    return got;
}

call_answer worker_link::read(
    const ::grpc::Status& status, const ::grpc::ClientContext& call, const std::string& token_used
) {
    using enum ::grpc::StatusCode;
    switch (status.error_code()) {
        case OK:
            return {};
        case FAILED_PRECONDITION:
            return {verdict::lost, status.error_message()};
        case UNAUTHENTICATED: {
            const std::lock_guard lock(mutex_);
            if (held_.text == token_used) held_.text.clear();
            return {verdict::away, std::string(token_refused)};
        }
        case INVALID_ARGUMENT:
        case PERMISSION_DENIED:
        case UNIMPLEMENTED:
            return {verdict::refused, status.error_message()};
        case RESOURCE_EXHAUSTED:
            // Without a name of ours it is gRPC's own word: the message is too large.
            if (!helps_later(call)) return {verdict::refused, status.error_message()};
            [[fallthrough]];
        default:
            return {verdict::away, fmt::format("{}: {}", options_.server, status.error_message())};
    }
}

bool worker_link::renewed_for(const call_answer& answer) {
    return answer.how == verdict::away && answer.why == token_refused;
}

}  // namespace esm::app
