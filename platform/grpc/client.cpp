// See client.hpp.
#include "platform/grpc/client.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <charconv>
#include <fstream>
#include <stdexcept>

#include "platform/grpc/library.hpp"
#include "platform/grpc/metadata.hpp"
#include "platform/observe/log.hpp"

namespace esm::grpc_client {

std::string read_pem(const std::string& path) {
    std::ifstream file(path);
    std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
    if (text.empty()) throw std::runtime_error(fmt::format("{} cannot be read", path));
    return text;
}

namespace {

constexpr int receive_max_bytes = 4 * 1024 * 1024;
constexpr int send_max_bytes = 1024 * 1024;
constexpr int connect_timeout_ms = 1'000;
constexpr int reconnect_first_ms = 100;
constexpr int reconnect_last_ms = 2'000;
constexpr int keepalive_ms = 10'000;
constexpr int keepalive_timeout_ms = 2'000;
constexpr std::chrono::seconds default_deadline{5};

// One retry, on whichever connection round robin gives next; none while a tenth or more of the calls fail, so
// that a service in trouble is not asked twice as much (gRFC A6).
constexpr const char* service_config = R"({
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [{
        "name": [{}],
        "retryPolicy": {
            "maxAttempts": 2,
            "initialBackoff": "0.01s",
            "maxBackoff": "0.05s",
            "backoffMultiplier": 2,
            "retryableStatusCodes": ["UNAVAILABLE"]
        }
    }],
    "retryThrottling": {"maxTokens": 20, "tokenRatio": 0.1}
})";

enum class address_kind : std::uint8_t { ipv4, ipv6, name };

address_kind kind_of(std::string_view target) {
    const auto colon = target.rfind(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == target.size()) {
        throw std::invalid_argument(fmt::format("\"{}\" is no gRPC target: host:port is expected", target));
    }
    std::string host(target.substr(0, colon));
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
    in6_addr address{};
    if (::inet_pton(AF_INET, host.c_str(), &address) == 1) return address_kind::ipv4;
    if (::inet_pton(AF_INET6, host.c_str(), &address) == 1) return address_kind::ipv6;
    return address_kind::name;
}

// gRPC's own naming of one or several targets (its doc/naming.md).
std::string target_uri(const std::vector<std::string>& targets) {
    if (targets.empty()) throw std::invalid_argument("a gRPC channel needs a target");
    const auto kind = kind_of(targets.front());
    for (const auto& target : targets) {
        if (kind_of(target) == kind && (kind != address_kind::name || targets.size() == 1)) continue;
        throw std::invalid_argument(
            "several gRPC targets must all be IPv4 or all IPv6 addresses; "
            "give one DNS name with an address a replica instead"
        );
    }
    if (kind == address_kind::name) return "dns:///" + targets.front();
    return fmt::format("{}:{}", kind == address_kind::ipv4 ? "ipv4" : "ipv6", fmt::join(targets, ","));
}

std::shared_ptr<::grpc::ChannelCredentials> credentials_of(const tls_files& tls) {
    if (!tls.given()) return ::grpc::InsecureChannelCredentials();
    return ::grpc::SslCredentials({read_pem(tls.authority), read_pem(tls.key), read_pem(tls.certificate)});
}

std::string_view trailing(const ::grpc::ClientContext& call, const char* name) {
    const auto& all = call.GetServerTrailingMetadata();
    const auto found = all.find(name);
    if (found == all.end()) return {};
    return {found->second.data(), found->second.size()};
}

std::optional<errc> parse_code(std::string_view name) {
    for (std::size_t i = 0; i < error_table.size(); ++i) {
        if (error_table[i].name == name) return static_cast<errc>(i);
    }
    return std::nullopt;
}

std::optional<std::chrono::seconds> parse_retry_after(std::string_view text) {
    constexpr int longest_s = 86'400;
    int seconds = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    if (seconds < 0 || seconds > longest_s) return std::nullopt;
    return std::chrono::seconds(seconds);
}

// For statuses that gRPC itself made or a service that is none of ours.
errc code_of(::grpc::StatusCode status) {
    switch (status) {
        case ::grpc::StatusCode::INVALID_ARGUMENT:
        case ::grpc::StatusCode::OUT_OF_RANGE:
            return errc::malformed_request;
        case ::grpc::StatusCode::UNAUTHENTICATED:
            return errc::unauthenticated;
        case ::grpc::StatusCode::PERMISSION_DENIED:
            return errc::forbidden;
        case ::grpc::StatusCode::NOT_FOUND:
            return errc::not_found;
        case ::grpc::StatusCode::ALREADY_EXISTS:
        case ::grpc::StatusCode::ABORTED:
        case ::grpc::StatusCode::FAILED_PRECONDITION:
            return errc::conflict;
        case ::grpc::StatusCode::DEADLINE_EXCEEDED:
            return errc::deadline_exceeded;
        case ::grpc::StatusCode::UNAVAILABLE:
        case ::grpc::StatusCode::CANCELLED:
            return errc::unavailable;
        case ::grpc::StatusCode::RESOURCE_EXHAUSTED:
            return errc::overloaded;
        default:
            return errc::internal;
    }
}

}  // namespace

std::shared_ptr<::grpc::Channel> connect(const std::vector<std::string>& targets, const tls_files& tls) {
    grpc_library::prepare();
    ::grpc::ChannelArguments arguments;
    arguments.SetServiceConfigJSON(service_config);
    arguments.SetLoadBalancingPolicyName("round_robin");
    arguments.SetMaxReceiveMessageSize(receive_max_bytes);
    arguments.SetMaxSendMessageSize(send_max_bytes);
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, connect_timeout_ms);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, reconnect_first_ms);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, reconnect_last_ms);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, keepalive_ms);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, keepalive_timeout_ms);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
    arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);  // gRPC stops pinging after two otherwise
    arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);             // services of ours stand behind no proxy
    return ::grpc::CreateCustomChannel(target_uri(targets), credentials_of(tls), arguments);
}

void prepare(::grpc::ClientContext& call, const context& from) {
    const auto left = from.until == deadline::max() ? std::chrono::steady_clock::duration(default_deadline)
                                                    : from.until - std::chrono::steady_clock::now();
    call.set_deadline(
        std::chrono::system_clock::now() +
        std::chrono::duration_cast<std::chrono::system_clock::duration>(left)
    );
    const auto pass_on = [&call](const char* name, const std::string& value) {
        if (grpc_metadata::is_acceptable(value)) call.AddMetadata(name, value);
    };
    pass_on(grpc_metadata::request_id, from.trace.request_id);
    pass_on(grpc_metadata::correlation_id, from.trace.correlation_id);
    pass_on(grpc_metadata::traceparent, from.trace.traceparent);
}

error to_error(const ::grpc::Status& status, const ::grpc::ClientContext& call) {
    const auto named = parse_code(trailing(call, grpc_metadata::error_code));
    const errc code = named.value_or(code_of(status.error_code()));
    // A message of gRPC's own names addresses and sockets: for our log, not for clients.
    error made = fail(code, named ? status.error_message() : std::string(info(code).title));
    made.retry_after = parse_retry_after(trailing(call, grpc_metadata::retry_after));
    if (!made.retry_after && info(code).retry == retry_hint::after)
        made.retry_after = std::chrono::seconds(1);
    if (!named) {
        observe::log(
            observe::level::warn,
            "gRPC call failed",
            {{"peer", call.peer()},
             {"status", std::int64_t{status.error_code()}},
             {"reason", status.error_message()}}
        );
    }
    return made;
}

}  // namespace esm::grpc_client
