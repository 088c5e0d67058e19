// See channels.hpp.
#include "services/notifications/channels.hpp"

#include "services/notifications/devices/device_store.hpp"
#include "services/notifications/endpoints/endpoint_store.hpp"
#include "services/notifications/inbox/inbox_channel.hpp"
#include "services/notifications/mail/mail_channel.hpp"
#include "services/notifications/mail/mailbox_transport.hpp"
#include "services/notifications/mail/smtp_transport.hpp"
#include "services/notifications/reports/sms_report_url.hpp"
#include "services/notifications/sms/twilio_provider.hpp"
#include "services/notifications/unconfigured_channel.hpp"

namespace esm::notifications {

namespace {

using esm::config::invalid_configuration;
using std::chrono::milliseconds;

constexpr milliseconds query_timeout{10'000};
constexpr std::int64_t attempts_max_over_sms = 12;
// Together they leave a process time to end the rest within ten seconds.
constexpr milliseconds sends_end_within{4'000}, cut_sends_end_within{2'000};

struct smtp_account {
    std::string url, username, password;
};

std::unique_ptr<channel> make_smtp(const config& settings, smtp_account account, const mailbox_name& from) {
    smtp_options options{
        std::move(account.url),
        std::move(account.username),
        std::move(account.password),
        settings.smtp_ca_file
    };
    options.timeout = milliseconds(settings.smtp_timeout_ms);
    options.connections_max = static_cast<unsigned>(settings.smtp_connections_max);
    const auto queue_max = static_cast<std::size_t>(settings.worker_slots_max);
    return std::make_unique<mail_channel>(
        std::make_unique<smtp_transport>(std::move(options), queue_max), from
    );
}

std::unique_ptr<channel> make_mail(const config& settings, const mailbox_name& from) {
    if (settings.smtp_url.empty()) {
        const auto queue_max = static_cast<std::size_t>(settings.worker_slots_max);
        return std::make_unique<mail_channel>(
            std::make_unique<mailbox_transport>(settings.mailbox_dir, queue_max), from
        );
    }
    return make_smtp(settings, {settings.smtp_url, settings.smtp_username, settings.smtp_password}, from);
}

std::unique_ptr<channel> make_standby_mail(const config& settings, const mailbox_name& from) {
    if (settings.smtp_fallback_url.empty()) return nullptr;
    return make_smtp(
        settings,
        {settings.smtp_fallback_url, settings.smtp_fallback_username, settings.smtp_fallback_password},
        from
    );
}

struct sms_account {
    std::string url, account, token, sender;
};

std::unique_ptr<channel> make_sms(const config& settings, const sms_account& of, fetch::courier& courier) {
    if (of.url.empty()) return nullptr;
    twilio_options options;
    options.api_url = of.url;
    options.account_sid = of.account;
    options.auth_token = of.token;
    options.sender = of.sender;
    options.status_callback_url = sms_report_url(settings.public_url);
    return std::make_unique<twilio_provider>(courier, std::move(options));
}

std::unique_ptr<channel> or_unconfigured(std::unique_ptr<channel> made, const char* setting) {
    if (made) return made;
    return std::make_unique<unconfigured_channel>(setting);
}

fetch::rules read_rules(const config& settings) {
    fetch::rules given;
    given.allowed = read_networks(settings);
    return given;
}

fetch::courier_options courier_options_of(const config& settings, const fetch::rules& strangers) {
    fetch::courier_options options;
    options.strangers = strangers;
    options.ca_file = settings.outgoing_ca_file;
    return options;
}

// Every process of the service derives the same key.
security::es256_key derive_vapid_key(const security::master_key& key) {
    for (int i = 0;; ++i) {
        auto made = security::es256_key::from_private_number(key.derive("vapid", std::to_string(i)));
        if (made) return std::move(*made);
    }
}

// What is wrong with a file of secrets is known once it is read.
template <class Read>
auto read_named(const char* setting, const Read& read) {
    try {
        return read();
    } catch (const std::exception& failure) {
        throw invalid_configuration(fmt::format("notifications.{}: {}", setting, failure.what()));
    }
}

vapid make_sender(const config& settings, const security::master_key& key) {
    const auto& file = settings.vapid_key_file;
    if (file.empty()) return {derive_vapid_key(key), settings.vapid_subject};
    auto own = read_named("vapid_key_file", [&file] { return vapid_key_from_file(file, true); });
    return {std::move(own), settings.vapid_subject};
}

channel_lane_options lane_options(const config& settings, std::string channel, std::int64_t rate) {
    channel_lane_options options;
    options.channel = std::move(channel);
    options.policy.attempts_max = settings.attempts_max;
    options.policy.backoff_first = milliseconds(settings.backoff_first_ms);
    options.policy.backoff_max = milliseconds(settings.backoff_max_ms);
    options.breaker.pause_max = milliseconds(settings.channel_pause_max_ms);
    options.breaker.pause_first = std::min(options.breaker.pause_first, options.breaker.pause_max);
    options.slots_max = static_cast<std::size_t>(settings.worker_slots_max);
    options.lease = milliseconds(settings.lease_ms);
    if (rate > 0) options.rate_per_minute = rate;
    return options;
}

// A text message is of the moment: nobody wants it tomorrow.
channel_lane_options sms_lane_options(const config& settings) {
    auto options = lane_options(settings, "sms", settings.sms_rate_per_minute);
    options.policy.attempts_max = std::min(options.policy.attempts_max, attempts_max_over_sms);
    return options;
}

channel_lane_options webhook_lane_options(const config& settings) {
    auto options = lane_options(settings, "webhook", settings.webhook_rate_per_minute);
    // Standard Webhooks 1.0, "Deliverability and reliability".
    for (const auto& each : settings.webhook_backoff_ms) options.policy.steps.emplace_back(std::stoll(each));
    options.policy.attempts_max = static_cast<std::int64_t>(options.policy.steps.size()) + 1;
    options.slots_max = static_cast<std::size_t>(settings.webhook_slots_max);
    return options;
}

}  // namespace

channels::channels(const config& settings, channel_lane_deps deps, const security::master_key& key)
    : strangers_(read_rules(settings)),
      courier_(courier_options_of(settings, strangers_)),
      sender_(make_sender(settings, key)) {
    const auto from = parse_mailbox(settings.mail_from).value();
    auto& database = deps.database;
    browsers_ = std::make_unique<web_push>(courier_, sender_, web_push_options{});
    if (!settings.fcm_service_account_file.empty()) {
        apps_ = std::make_unique<fcm>(
            courier_,
            read_named(
                "fcm_service_account_file",
                [&settings] { return service_account_from_file(settings.fcm_service_account_file); }
            ),
            fcm_options{settings.fcm_url}
        );
    }
    const auto add = [&](channel_lane_options options, auto primary, std::unique_ptr<channel> standby) {
        lanes_.push_back(
            std::make_unique<channel_lane>(deps, std::move(options), std::move(primary), std::move(standby))
        );
    };
    add(lane_options(settings, "email", settings.email_rate_per_minute),
        make_mail(settings, from),
        make_standby_mail(settings, from));
    add(sms_lane_options(settings),
        or_unconfigured(
            make_sms(
                settings,
                {settings.sms_url, settings.sms_account, settings.sms_token, settings.sms_sender},
                courier_
            ),
            "notifications.sms_url"
        ),
        make_sms(
            settings,
            {settings.sms_fallback_url,
             settings.sms_fallback_account,
             settings.sms_fallback_token,
             settings.sms_fallback_sender},
            courier_
        ));
    // A push service's silence counts as a refusal: with all attempts it may be away for an hour.
    add(lane_options(settings, "push", settings.push_rate_per_minute),
        std::make_unique<push_channel>(
            [&database, &key](std::int64_t id) {
                return device_store::find(database, key, id, deadline_in(query_timeout));
            },
            *browsers_,
            apps_.get(),
            settings.public_url
        ),
        nullptr);
    add(webhook_lane_options(settings),
        std::make_unique<webhook_channel>(
            courier_,
            [&database, &key](std::int64_t id) {
                return endpoint_store::find_target(database, key, id, deadline_in(query_timeout));
            },
            webhook_options{milliseconds(settings.webhook_timeout_ms)}
        ),
        nullptr);
    add(lane_options(settings, "in_app", 0), std::make_unique<inbox_channel>(), nullptr);
}

void channels::start() {
    for (const auto& each : lanes_) each->start(0);
}

// All lanes at once: they share the courier, and the time that a process has to exit.
awaitable<void> channels::stop() {
    for (const auto& each : lanes_) each->stop_taking();
    const auto until = deadline_in(sends_end_within);
    for (const auto& each : lanes_) co_await each->drain(until);
    for (const auto& each : lanes_) each->stop_sending();
    courier_.stop();
    const auto answered_by = deadline_in(cut_sends_end_within);
    for (const auto& each : lanes_) co_await each->stop(answered_by);
}

void channels::wake(const std::string& channel) {
    lane(channel).wake();
}

bool channels::is_away(std::string_view channel) const {
    return lane(channel).is_away();
}

channel_lane& channels::lane(std::string_view channel) const {
    for (const auto& each : lanes_) {
        if (each->name() == channel) return *each;
    }
    throw std::logic_error("there is no such channel");
}

std::vector<fetch::network> read_networks(const config& settings) {
    std::vector<fetch::network> allowed;
    for (const auto& each : settings.webhook_allowed_networks) {
        allowed.push_back(fetch::network::parse(each).value());
    }
    return allowed;
}

}  // namespace esm::notifications
