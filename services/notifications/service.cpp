// See service.hpp.
#include "services/notifications/service.hpp"

#include "platform/db/housekeeping.hpp"
#include "platform/events/consumer.hpp"
#include "platform/events/sql.hpp"
#include "platform/http/idempotency.hpp"
#include "platform/http/sql.hpp"
#include "platform/lease/sql.hpp"
#include "platform/outbox/publishing.hpp"
#include "platform/outbox/sql.hpp"
#include "platform/personal_data/sql.hpp"
#include "services/notifications/accept_events.hpp"
#include "services/notifications/channels.hpp"
#include "services/notifications/check_settings.hpp"
#include "services/notifications/dead_letters/gauge.hpp"
#include "services/notifications/dead_letters/store.hpp"
#include "services/notifications/devices/device_store.hpp"
#include "services/notifications/endpoints/endpoint_store.hpp"
#include "services/notifications/erase_user.hpp"
#include "services/notifications/events.hpp"
#include "services/notifications/export_notifications.hpp"
#include "services/notifications/grpc_service.hpp"
#include "services/notifications/reports/report_store.hpp"
#include "services/notifications/routes.hpp"
#include "services/notifications/sql.hpp"
#include "services/notifications/suppressions/suppression_store.hpp"

namespace esm::notifications {

namespace {

constexpr std::chrono::milliseconds tidy_every{10'000};
constexpr std::size_t tidy_rows_max = 5000;
constexpr std::chrono::hours redriven_kept_for{24 * 7};  // as the inbox keeps the ids of events
constexpr std::chrono::hours early_reports_kept_for{24};

// Idempotency keys, suppressions, redriven events and early reports whose time is over.
awaitable<void> tidy(db::database& database) {
    co_await http::forget_old_keys(database, tidy_rows_max);
    co_await suppression_store::forget_old(database, tidy_rows_max, deadline_in(tidy_every));
    const auto ago = [now = now_us()](std::chrono::hours span) {
        return now - std::chrono::microseconds(span).count();
    };
    co_await dead_letters::store::forget_redriven(
        database, ago(redriven_kept_for), tidy_rows_max, deadline_in(tidy_every)
    );
    co_await report_store::forget_early(
        database, ago(early_reports_kept_for), tidy_rows_max, deadline_in(tidy_every)
    );
}

// Besides the topic of dead letters: there administrators find it, and can mend and redrive it.
void keep_dead_event(
    db::transaction& tx, const catalogue& texts, const events::delivered& refused, const std::string& why
) {
    const auto now = texts.now();
    const auto* by = now->rules.find(refused.value.type);
    const std::string user_field = by != nullptr ? by->user_field : "userId";
    dead_letters::store::insert_event(tx, dead_letters::set_aside(refused, why, user_field));
}

events::consumer_options read_consumer_options(const config& settings, const catalogue& texts) {
    events::consumer_options options;
    options.group = consumer_group;
    options.batch_max = 250;
    options.topics.assign(consumed_topics.begin(), consumed_topics.end());
    for (const auto& each : settings.extra_topics) {
        if (std::find(options.topics.begin(), options.topics.end(), each) == options.topics.end()) {
            options.topics.push_back(each);
        }
    }
    options.on_burial = [&texts](auto& tx, const auto& refused, const std::string& why) {
        keep_dead_event(tx, texts, refused, why);
    };
    return options;
}

// Nobody writes there again: the mailbox is not there, the subscription is dead, the endpoint said so.
void bury(db::transaction& tx, const notification& after) {
    const auto id = [&] { return std::stoll(after.recipient); };
    if (after.channel == "push") {
        device_store::remove_dead(tx, id());
    } else if (after.channel == "webhook") {
        endpoint_store::disable(tx, id(), after.error_message.value_or("the endpoint is gone"));
    } else {
        const auto now = now_us();
        const auto until = now + std::chrono::microseconds(suppressed_for).count();
        const auto why = "bounced: " + after.error_message.value_or("the provider refused it");
        suppression_store::add(tx, {after.channel, after.recipient, why, until, now});
    }
}

}  // namespace

struct service::parts {
    explicit parts(service_deps deps)
        : publishing(deps.runtime, deps.database, deps.log, deps.metrics),
          texts(deps.runtime, deps.database, deps.settings.default_locale),
          inboxes(deps.runtime, deps.database, deps.metrics),
          making({deps.database, texts, deps.code_key, deps.settings.public_url}),
          carriers(
              deps.settings,
              {deps.runtime,
               deps.database,
               publishing.writer(),
               deps.metrics,
               making,
               bury,
               [this](std::int64_t user_id) { inboxes.changed(user_id); }},
              deps.code_key
          ),
          erasing(deps.runtime, deps.database),
          accepting({
              erasing,
              texts,
              publishing.writer(),
              [this](const std::string& channel) { carriers.wake(channel); },
              [this](std::int64_t user_id) { inboxes.changed(user_id); },
              deps.settings.public_url,
          }),
          marking(deps.database, inboxes),
          sending(accepting, texts),
          resending(accepting, deps.code_key),
          consumer(
              deps.runtime,
              deps.log,
              deps.database,
              read_consumer_options(deps.settings, texts),
              events::batch_effect([this](
                                       db::transaction& tx, const std::vector<const events::event*>& causes
                                   ) { return accepting.apply(tx, causes); })
          ),
          reading{
              deps.runtime,
              deps.database,
              deps.settings,
              deps.code_key,
              deps.revoked,
              texts,
              accepting,
              carriers,
              publishing.writer(),
              inboxes,
              marking,
              sending,
              resending,
          },
          rounds(
              deps.runtime,
              "notifications",
              tidy_every,
              [&database = deps.database] { return tidy(database); }
          ),
          letters(deps.runtime, deps.database, deps.metrics),
          grpc(make_grpc_service(deps.callers, deps.database, sending)) {
        events::show(deps.metrics, std::string(consumer_group), consumer);
    }

    outbox::publishing publishing;
    catalogue texts;
    inbox_watch inboxes;
    make_message making;
    channels carriers;
    erase_user erasing;
    accept_events accepting;
    mark_read marking;
    send_message sending;
    resend_message resending;
    events::consumer consumer;
    notifications_http reading;
    db::housekeeping rounds;
    dead_letters::gauge letters;
    std::unique_ptr<::grpc::Service> grpc;
};

service::service(service_deps deps) {
    check_settings(deps.settings);
    parts_ = std::make_unique<parts>(deps);
}
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
        {"idempotency", http::migrations},
        {"personal_data", personal_data::migrations},
        {"notifications", esm::notifications::migrations},
    };
}

std::vector<std::string> service::topics() {
    return {std::string(notification_topic)};
}

std::vector<http::dependency> service::dependencies() {
    // Not probed: the last mail tells. Requests are answered without it, so it only degrades.
    return {{"mail", false, [this](deadline) -> awaitable<bool> {
                 co_return !parts_->carriers.is_away("email");
             }}};
}

void service::start() {
    parts_->publishing.start(0);
    parts_->texts.start();
    parts_->inboxes.start(0);
    parts_->carriers.start();
    parts_->consumer.start(parts_->reading.runtime.size() - 1);  // the lanes have the first one
    parts_->erasing.start();
    parts_->rounds.start();
    parts_->letters.start();
}

awaitable<void> service::stop() {
    co_await parts_->consumer.stop();
    co_await parts_->letters.stop();
    co_await parts_->rounds.stop();
    co_await parts_->erasing.stop();
    co_await parts_->carriers.stop();
    co_await parts_->inboxes.stop();
    co_await parts_->texts.stop();
    co_await parts_->publishing.stop();
}

awaitable<result<personal_data::export_page>> service::export_user(
    const context& ctx, std::int64_t user_id, std::string cursor
) {
    return export_notifications(parts_->reading.database, user_id, std::move(cursor), ctx.until);
}

}  // namespace esm::notifications
