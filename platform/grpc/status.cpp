// Errors as gRPC statuses and calls' metadata as contexts (server.hpp).
#include <fmt/format.h>

#include "platform/base/random.hpp"
#include "platform/db/failure_report.hpp"
#include "platform/grpc/metadata.hpp"
#include "platform/grpc/server.hpp"
#include "platform/observe/log.hpp"

namespace esm::grpc_server {

namespace {

constexpr std::size_t message_max_bytes = 2048;
// Bounds calls whose client set no deadline.
constexpr std::chrono::seconds default_deadline{30};
constexpr std::chrono::seconds default_retry_after{1};

std::string metadata_value(const ::grpc::CallbackServerContext& call, const char* name) {
    const auto found = call.client_metadata().find(name);
    if (found == call.client_metadata().end()) return {};
    const std::string_view value(found->second.data(), found->second.size());
    return grpc_metadata::is_acceptable(value) ? std::string(value) : std::string();
}

deadline deadline_of(const ::grpc::CallbackServerContext& call) {
    const auto until = call.deadline();
    const auto now = std::chrono::system_clock::now();
    // Also keeps the difference of two clocks' extremes from overflowing.
    if (until >= now + std::chrono::hours(24)) return deadline_in(default_deadline);
    return std::chrono::steady_clock::now() +
           std::chrono::duration_cast<std::chrono::steady_clock::duration>(until - now);
}

}  // namespace

error error_of(const std::exception_ptr& failure) {
    const auto found = db::report(failure);
    if (found.code == errc::malformed_request) return fail(found.code, "a text holds U+0000");
    const bool away = found.code == errc::unavailable;
    const auto* what = away                               ? "database away"
                       : found.code == errc::storage_full ? "storage full"
                                                          : "gRPC call failed";
    observe::log(away ? observe::level::warn : observe::level::error, what, {{"reason", found.cause}});
    return fail(found.code);
}

::grpc::Status to_status(const error& cause) {
    const auto& known = info(cause.code);
    std::string message = cause.detail.empty() ? std::string(known.title) : cause.detail;
    for (const auto& field : cause.fields) {
        message += fmt::format("; {}: {}", field.pointer, field.message);
    }
    if (message.size() > message_max_bytes) message.resize(message_max_bytes);
    return {static_cast<::grpc::StatusCode>(known.grpc_status), std::move(message)};
}

::grpc::Status to_status(const error& cause, ::grpc::CallbackServerContext& call) {
    const auto& known = info(cause.code);
    call.AddTrailingMetadata(grpc_metadata::error_code, std::string(known.name));
    if (cause.retry_after || known.retry == retry_hint::after) {
        const auto wait = cause.retry_after.value_or(default_retry_after);
        call.AddTrailingMetadata(grpc_metadata::retry_after, std::to_string(wait.count()));
    }
    return to_status(cause);
}

::grpc::Status status_of(const std::exception_ptr& failure) {
    return to_status(error_of(failure));
}

context read_context(const ::grpc::CallbackServerContext& call) {
    context read;
    read.trace.request_id = metadata_value(call, grpc_metadata::request_id);
    if (read.trace.request_id.empty()) read.trace.request_id = make_uuid();
    read.trace.correlation_id = metadata_value(call, grpc_metadata::correlation_id);
    if (read.trace.correlation_id.empty()) read.trace.correlation_id = read.trace.request_id;
    read.trace.traceparent = metadata_value(call, grpc_metadata::traceparent);
    read.until = deadline_of(call);
    return read;
}

}  // namespace esm::grpc_server
