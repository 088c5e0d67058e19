// See process.hpp.
#include "app/process.hpp"

#include "app/peers.hpp"
#include "platform/observe/log.hpp"
#include "platform/security/service_token.hpp"
#include "services/auth/events.hpp"
#include "services/notifications/config.hpp"
#include "services/tasks/config.hpp"
#include "services/users/config.hpp"

namespace esm::app {

namespace {

constexpr std::int64_t clock_leeway_us = 60'000'000;
constexpr auto revocations_patience = std::chrono::seconds(5);

bool contains(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

unsigned shard_count(const config& settings) {
    return settings.shards > 0 ? static_cast<unsigned>(settings.shards)
                               : std::max(1U, std::thread::hardware_concurrency());
}

// Whether anything of these services is kept in files, so that the data folder has to be ours alone.
bool needs_folder(const esm::config::values& values, const std::vector<std::string>& services) {
    if (values.get_list("kafka.brokers").empty()) return true;
    for (const auto& name : services) {
        if (values.get_string(name + ".db_url").empty()) return true;
    }
    if (contains(services, "auth") && values.get_string("auth.master_key_file").empty()) return true;
    if (contains(services, "users") && values.get_string("users.code_key_file").empty()) return true;
    if (contains(services, "tasks") && values.get_string("tasks.files_s3_endpoint").empty() &&
        values.is_default("tasks.files_dir")) {
        return true;
    }
    return contains(services, "notifications") && values.get_string("notifications.smtp_url").empty() &&
           values.is_default("notifications.mailbox_dir");
}

// The codes of mails follow from a key that users and notifications share.
security::master_key read_code_key(const shared_parts& shared, const std::vector<std::string>& services) {
    const auto file = users::read(shared.values).code_key_file;
    if (!file.empty()) return security::master_key::from_file(file, false);
    if (!contains(services, "users")) {
        throw esm::config::invalid_configuration(
            "users.code_key_file: the notification service derives the codes of mails from the key of the "
            "user "
            "service, as ESM_USERS_CODE_KEY_FILE=/run/secrets/esm_code_key"
        );
    }
    return security::master_key::from_file(shared.folder->file("code.key"), true);
}

// Says what to do about a port that is taken.
void open_ports(hosted& service) {
    try {
        service.open();
    } catch (const std::exception& problem) {
        throw std::runtime_error(fmt::format(
            "{}\nStop what listens there (`ss -ltnp` shows it), or move all ports: --port-offset 1000",
            problem.what()
        ));
    }
}

std::unique_ptr<events::event_log> open_log(shared_parts& shared) {
    if (shared.settings.brokers.empty()) {
        return events::open_embedded(shared.runtime, shared.folder->file("events.db"));
    }
    events::kafka_options options;
    options.brokers = fmt::format("{}", fmt::join(shared.settings.brokers, ","));
    for (const auto& each : shared.settings.librdkafka) {
        const auto equals = each.find('=');
        if (equals == std::string::npos) {
            throw esm::config::invalid_configuration(
                "kafka.librdkafka: each property must be name=value, as in security.protocol=SSL"
            );
        }
        options.librdkafka.emplace_back(each.substr(0, equals), each.substr(equals + 1));
    }
    return events::open_kafka(shared.runtime, std::move(options));
}

}  // namespace

const std::vector<std::string>& process::service_names() {
    static const std::vector<std::string> names{"users", "auth", "tasks", "notifications"};
    return names;
}

process::process(esm::config::values values, std::vector<std::string> services)
    : shared_{values, read(values), nullptr, async::runtime(shard_count(read(values)))} {
    if (needs_folder(shared_.values, services)) {
        shared_.folder = std::make_unique<data_folder>(shared_.settings.data_dir);
    }
    if (contains(services, "users") || contains(services, "notifications")) {
        shared_.code_key = read_code_key(shared_, services);
    }
    shared_.runtime.start();
    shared_.log = open_log(shared_);
    shared_.service_token = service_token_source();
    const auto auth_settings = auth::read(shared_.values);
    security::authenticator_options options;
    options.issuer = auth_settings.issuer;
    options.audience = auth_settings.audience;
    shared_.tokens = std::make_unique<security::authenticator>(
        shared_.runtime, options, key_source(), shared_.revoked, holder_source()
    );
    if (!contains(services, "auth") && auth_settings.jwks_urls.empty()) {
        throw esm::config::invalid_configuration(
            "auth.jwks_urls: services apart from the auth service need its public keys, as "
            "ESM_AUTH_JWKS_URLS=http://host:5004/.well-known/jwks.json"
        );
    }
    wire(services);
}

process::~process() {
    stop();
    shared_.runtime.stop();
}

security::fetch_keys process::key_source() {
    const auto fetch = security::fetch_over_http(auth::read(shared_.values).jwks_urls);
    return [this, fetch]() -> awaitable<result<std::string>> {
        if (neighbours_.auth == nullptr) co_return co_await fetch();
        co_return co_await local_keys();
    };
}

// API keys are looked up in the auth service of this process, or asked of the one that runs apart.
security::find_holder process::holder_source() {
    const auto targets = auth::read(shared_.values).grpc_targets;
    const auto remote = targets.empty() ? security::find_holder() : ask_auth(make_peer(shared_, targets));
    return [this, remote](std::string_view token) -> awaitable<result<principal>> {
        if (neighbours_.auth != nullptr)
            co_return co_await neighbours_.auth->service().find_api_key(std::string(token));
        if (remote) co_return co_await remote(token);
        co_return fail(errc::invalid_token, "API keys are not accepted here: auth.grpc_targets is not set");
    };
}

grpc_client::token_function process::service_token_source() {
    const auto remote = security::service_token(
        {auth::read(shared_.values).token_urls, shared_.settings.client_id, shared_.settings.client_secret}
    );
    return [this, remote]() -> awaitable<result<std::string>> {
        if (neighbours_.auth == nullptr) co_return co_await remote();
        co_return neighbours_.auth->service().service_token();
    };
}

// The auth service of this process loads its keys while everything else starts: that moment is waited for.
awaitable<result<std::string>> process::local_keys() {
    asio::steady_timer pause(co_await asio::this_coro::executor);
    for (int tries = 0; tries < 200 && !neighbours_.auth->service().jwks() && !stopping_; ++tries) {
        pause.expires_after(std::chrono::milliseconds(5));
        co_await pause.async_wait(asio::use_awaitable);
    }
    co_return neighbours_.auth->service().jwks();
}

void process::wire(const std::vector<std::string>& services) {
    users_host* users = nullptr;
    if (contains(services, "users")) {
        auto wired = wire_users(shared_, neighbours_);
        users = wired.get();
        hosted_.push_back(std::move(wired));
    }
    if (contains(services, "auth")) {
        auth_parts_ = make_auth_parts(shared_, users);
        auto wired = wire_auth(shared_, *auth_parts_);
        neighbours_.auth = wired.get();
        hosted_.push_back(std::move(wired));
    }
    if (contains(services, "tasks")) {
        auto wired = wire_tasks(shared_, neighbours_);
        neighbours_.tasks = wired.get();
        hosted_.push_back(std::move(wired));
    }
    if (contains(services, "notifications")) {
        auto wired = wire_notifications(shared_);
        neighbours_.notifications = wired.get();
        hosted_.push_back(std::move(wired));
    }
}

hosted* process::find(std::string_view service) const {
    for (const auto& each : hosted_) {
        if (each->around().service() == service) return each.get();
    }
    return nullptr;
}

// Follows the ends of sessions from one lifetime of an access token back: what ended before has no token
// left.
void process::follow_revocations() {
    const std::string topic(auth::auth_topic);
    shared_.log->ensure_topics({topic}, static_cast<int>(shared_.settings.partitions));
    const auto lifetime_us = auth::read(shared_.values).access_token_lifetime * 1000 + clock_leeway_us;
    shared_.revocation_feed = shared_.log->follow(
        {topic},
        now_us() - lifetime_us,
        [this, lifetime_us](const events::delivered& each) {
            if (each.value.type != "auth.session_revoked.v1") return;
            shared_.revoked.revoke(each.value.key, now_us() + lifetime_us);
        }
    );
}

// Ports open once the revocations are read back, or without them where the event log is away: then /readyz
// says so.
void process::await_revocations() {
    const auto until = deadline_in(revocations_patience);
    while (!shared_.revocation_feed->caught_up() && !stopping_ && std::chrono::steady_clock::now() < until) {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
}

bool process::start() {
    started_ = true;
    follow_revocations();
    std::vector<std::string> topics;
    for (const auto& each : hosted_) {
        if (!each->around().migrate(each->migrations(), stopping_)) return false;
        const auto published = each->topics();
        topics.insert(topics.end(), published.begin(), published.end());
    }
    shared_.log->ensure_topics(topics, static_cast<int>(shared_.settings.partitions));
    if (neighbours_.auth != nullptr) {
        shared_.runtime.block_on(neighbours_.auth->service().put_configured_clients());
    }
    for (const auto& each : hosted_) each->start();
    shared_.tokens->start(0);
    await_revocations();
    for (const auto& each : hosted_) open_ports(*each);
    return true;
}

void process::stop() {
    if (!std::exchange(started_, false)) return;
    const auto until = deadline_in(std::chrono::milliseconds(shared_.settings.shutdown_timeout));
    for (const auto& each : hosted_) shared_.runtime.block_on(each->around().close(until));
    for (const auto& each : hosted_) shared_.runtime.block_on(each->stop());
    shared_.runtime.block_on(shared_.tokens->stop());
    shared_.revocation_feed.reset();
}

}  // namespace esm::app
