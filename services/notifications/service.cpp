// See service.hpp.
#include "services/notifications/service.hpp"

#include "platform/base/random.hpp"
#include "platform/events/consumer.hpp"
#include "platform/events/sql.hpp"
#include "platform/lease/sql.hpp"
#include "platform/lease/worker.hpp"
#include "platform/outbox/publishing.hpp"
#include "platform/outbox/sql.hpp"
#include "platform/personal_data/sql.hpp"
#include "services/notifications/accept_event.hpp"
#include "services/notifications/deliver.hpp"
#include "services/notifications/erase_user.hpp"
#include "services/notifications/events.hpp"
#include "services/notifications/export_notifications.hpp"
#include "services/notifications/grpc_service.hpp"
#include "services/notifications/mail/mailbox_transport.hpp"
#include "services/notifications/mail/smtp_transport.hpp"
#include "services/notifications/routes.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications {

namespace {

using std::chrono::milliseconds;

constexpr const char* email_channel = "email";

std::unique_ptr<mail_transport> make_transport(const config& settings) {
    const auto queue_max = static_cast<std::size_t>(settings.worker_slots_max);
    if (settings.smtp_url.empty())
        return std::make_unique<mailbox_transport>(settings.mailbox_dir, queue_max);
    if (settings.smtp_url.rfind("smtp://", 0) != 0 && settings.smtp_url.rfind("smtps://", 0) != 0) {
        throw esm::config::invalid_configuration("notifications.smtp_url: must begin with smtp:// or smtps://"
        );
    }
    smtp_options options{
        settings.smtp_url, settings.smtp_username, settings.smtp_password, settings.smtp_ca_file
    };
    options.timeout = milliseconds(settings.smtp_timeout_ms);
    options.connections_max = static_cast<unsigned>(settings.smtp_connections_max);
    return std::make_unique<smtp_transport>(std::move(options), queue_max);
}

deliver_options read_deliver_options(const config& settings) {
    const auto from = parse_mailbox(settings.mail_from);
    if (!from) {
        throw esm::config::invalid_configuration(
            "notifications.mail_from: must be an address, as in Example Shop <no-reply@example.org>"
        );
    }
    delivery_policy policy;
    policy.attempts_max = settings.attempts_max;
    policy.backoff_first = milliseconds(settings.backoff_first_ms);
    policy.backoff_max = milliseconds(settings.backoff_max_ms);
    return {policy, *from, settings.public_url};
}

circuit_breaker_options read_breaker_options(const config& settings) {
    circuit_breaker_options options;
    options.pause_max = milliseconds(settings.channel_pause_max_ms);
    options.pause_first = std::min(options.pause_first, options.pause_max);
    return options;
}

lease::worker_options read_worker_options(const config& settings) {
    lease::worker_options options;
    options.owner = process_name();
    options.pool = email_channel;
    options.slots_max = static_cast<std::size_t>(settings.worker_slots_max);
    options.lease = milliseconds(settings.lease_ms);
    options.channel = "notifications_email";
    return options;
}

events::consumer_options read_consumer_options() {
    events::consumer_options options;
    options.group = consumer_group;
    options.topics.assign(consumed_topics.begin(), consumed_topics.end());
    return options;
}

}  // namespace

struct service::parts {
    explicit parts(service_deps deps)
        : publishing(deps.runtime, deps.database, deps.log, deps.metrics),
          transport(make_transport(deps.settings)),
          breaker(read_breaker_options(deps.settings)),
          delivering(
              {deps.runtime,
               deps.database,
               publishing.writer(),
               deps.metrics,
               *transport,
               breaker,
               deps.code_key},
              read_deliver_options(deps.settings)
          ),
          worker(
              deps.runtime,
              deps.database,
              read_worker_options(deps.settings),
              [this](db::transaction& tx, const std::vector<lease::held>& items) {
                  return delivering.claimed(tx, items);
              },
              [this](lease::held item, std::shared_ptr<lease::progress_token> token) {
                  return delivering.run(std::move(item), std::move(token));
              }
          ),
          erasing(deps.runtime, deps.database),
          accepting(erasing, [this] { worker.wake(); }),
          consumer(
              deps.runtime,
              deps.log,
              deps.database,
              read_consumer_options(),
              [this](db::transaction& tx, const events::event& cause) { return accepting.apply(tx, cause); }
          ),
          reading{deps.database},
          grpc(make_grpc_service(deps.callers, deps.database)) {
        events::show(deps.metrics, std::string(consumer_group), consumer);
        lease::show(deps.metrics, email_channel, [this] { return worker.stats(); });
        deps.metrics.make_gauge(
            "notification_channel_paused",
            "1 while the channel's provider is away.",
            {{"channel", email_channel}},
            [this] { return breaker.is_open() ? 1.0 : 0.0; }
        );
    }

    outbox::publishing publishing;
    std::unique_ptr<mail_transport> transport;
    circuit_breaker breaker;
    deliver delivering;
    lease::worker worker;
    erase_user erasing;
    accept_event accepting;
    events::consumer consumer;
    notifications_http reading;
    std::unique_ptr<::grpc::Service> grpc;
};

service::service(service_deps deps) : parts_(std::make_unique<parts>(deps)) {}
service::~service() = default;

std::vector<http::route> service::routes() {
    return route_table(parts_->reading);
}
std::vector<::grpc::Service*> service::grpc_services() {
    return {parts_->grpc.get()};
}

std::vector<db::migration_set> service::migrations() {
    return {
        {"outbox", outbox::migrations},
        {"inbox", events::migrations},
        {"lease", lease::migrations},
        {"personal_data", personal_data::migrations},
        {"notifications", esm::notifications::migrations},
    };
}

std::vector<std::string> service::topics() {
    return {std::string(notification_topic)};
}

std::vector<http::dependency> service::dependencies() {
    // Not probed: the last mail tells. Requests are answered without it, so it only degrades.
    return {{"mail", false, [this](deadline) -> awaitable<bool> { co_return !parts_->breaker.is_open(); }}};
}

void service::start() {
    parts_->publishing.start(0);
    parts_->worker.start(0);
    parts_->consumer.start(0);
    parts_->erasing.start();
}

awaitable<void> service::stop() {
    co_await parts_->consumer.stop();
    co_await parts_->erasing.stop();
    parts_->breaker.stop();
    parts_->delivering.stop();
    co_await parts_->worker.stop();
    parts_->transport->stop();
    co_await parts_->publishing.stop();
}

awaitable<result<personal_data::export_page>> service::export_user(
    const context& ctx, std::int64_t user_id, std::string cursor
) {
    return export_notifications(parts_->reading.database, user_id, std::move(cursor), ctx.until);
}

}  // namespace esm::notifications
