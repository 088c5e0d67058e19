// See server.hpp: listening and the limits of security.md; status.cpp turns errors into statuses.
#include "platform/grpc/server.hpp"

#include <fmt/format.h>
#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/resource_quota.h>

#include "platform/async/compute_pool.hpp"
#include "platform/grpc/library.hpp"

namespace esm::grpc_server {

namespace {

constexpr int receive_max_bytes = 1024 * 1024;
constexpr int send_max_bytes = 4 * 1024 * 1024;
constexpr int metadata_max_bytes = 8 * 1024;
constexpr int streams_max = 100;
constexpr int handshake_timeout_ms = 10'000;
constexpr int idle_max_ms = 5 * 60'000;
constexpr int age_max_ms = 30 * 60'000;
constexpr int age_grace_ms = 30'000;
constexpr int keepalive_ms = 30'000;
constexpr int keepalive_timeout_ms = 5'000;
// The shortest interval between pings of a client without calls; ours send one each 10 s (client.cpp).
constexpr int ping_interval_min_ms = 5'000;
constexpr std::size_t memory_max_bytes = 64 * 1024 * 1024;
constexpr int threads_max = 16;

void set_limits(::grpc::ServerBuilder& builder) {
    builder.SetMaxReceiveMessageSize(receive_max_bytes);
    builder.SetMaxSendMessageSize(send_max_bytes);
    for (const auto& [name, value] : {
             std::pair{GRPC_ARG_MAX_METADATA_SIZE, metadata_max_bytes},
             {GRPC_ARG_MAX_CONCURRENT_STREAMS, streams_max},
             {GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, handshake_timeout_ms},
             {GRPC_ARG_MAX_CONNECTION_IDLE_MS, idle_max_ms},
             {GRPC_ARG_MAX_CONNECTION_AGE_MS, age_max_ms},
             {GRPC_ARG_MAX_CONNECTION_AGE_GRACE_MS, age_grace_ms},
             {GRPC_ARG_KEEPALIVE_TIME_MS, keepalive_ms},
             {GRPC_ARG_KEEPALIVE_TIMEOUT_MS, keepalive_timeout_ms},
             {GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1},
             {GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, ping_interval_min_ms},
             // With it a second process could take half of the calls unnoticed: a port in use must be an
             // error.
             {GRPC_ARG_ALLOW_REUSEPORT, 0},
         }) {
        builder.AddChannelArgument(name, value);
    }
    ::grpc::ResourceQuota quota("esm grpc server");
    quota.Resize(memory_max_bytes);
    quota.SetMaxThreads(threads_max);
    builder.SetResourceQuota(quota);
    // Reflection is gRPC's one synchronous service here: a single thread waits for it.
    builder.SetSyncServerOption(::grpc::ServerBuilder::NUM_CQS, 1);
    builder.SetSyncServerOption(::grpc::ServerBuilder::MIN_POLLERS, 1);
    builder.SetSyncServerOption(::grpc::ServerBuilder::MAX_POLLERS, 1);
}

void prepare_plugins() {
    grpc_library::prepare();
    static const bool prepared = [] {
        ::grpc::EnableDefaultHealthCheckService(true);
        ::grpc::reflection::InitProtoReflectionServerBuilderPlugin();
        return true;
    }();
    static_cast<void>(prepared);
}

std::shared_ptr<::grpc::ServerCredentials> credentials_of(const options& settings) {
    if (settings.certificate_pem.empty()) return ::grpc::InsecureServerCredentials();
    ::grpc::SslServerCredentialsOptions tls(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
    tls.pem_root_certs = settings.authority_pem;
    tls.pem_key_cert_pairs.push_back({settings.key_pem, settings.certificate_pem});
    return ::grpc::SslServerCredentials(tls);
}

std::string listening_address(const options& settings) {
    const bool ipv6 = settings.address.find(':') != std::string::npos;
    return fmt::format(fmt::runtime(ipv6 ? "[{}]:{}" : "{}:{}"), settings.address, settings.port);
}

}  // namespace

struct server::state {
    options settings;
    std::vector<::grpc::Service*> services;
    std::unique_ptr<::grpc::Server> running;
    int port{0};
};

server::server(options settings) : state_(std::make_unique<state>()) {
    state_->settings = std::move(settings);
}

server::~server() {
    shut_down(std::chrono::milliseconds(0));
}

void server::add(::grpc::Service& service) {
    state_->services.push_back(&service);
}

void server::start() {
    prepare_plugins();
    ::grpc::ServerBuilder builder;
    set_limits(builder);
    const std::string address = listening_address(state_->settings);
    builder.AddListeningPort(address, credentials_of(state_->settings), &state_->port);
    for (auto* service : state_->services) builder.RegisterService(service);
    state_->running = builder.BuildAndStart();
    if (!state_->running || state_->port == 0) {
        state_->running.reset();
        throw std::runtime_error(fmt::format(
            "cannot listen for gRPC on {}: the port is in use{} or the address is not ours",
            address,
            state_->settings.certificate_pem.empty() ? "" : ", certificate and key do not belong together"
        ));
    }
}

unsigned short server::port() const {
    return static_cast<unsigned short>(state_->port);
}

void server::set_serving(bool serving) {
    if (state_->running) state_->running->GetHealthCheckService()->SetServingStatus(serving);
}

awaitable<void> server::stop(std::chrono::milliseconds grace) {
    set_serving(false);
    // gRPC blocks until the last call has ended; on a shard that would be for ever if the call is there too.
    async::compute_pool ending("gRPC stop", 1, 1);
    static_cast<void>(co_await ending.run([&] {
        shut_down(grace);
        return true;
    }));
}

void server::shut_down(std::chrono::milliseconds grace) {
    if (!state_->running) return;
    state_->running->Shutdown(std::chrono::system_clock::now() + grace);
    state_->running->Wait();
    state_->running.reset();
}

}  // namespace esm::grpc_server
