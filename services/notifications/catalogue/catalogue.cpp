// See catalogue.hpp.
#include "services/notifications/catalogue/catalogue.hpp"

#include "platform/observe/log.hpp"

namespace esm::notifications {

using std::chrono::milliseconds;

namespace {

constexpr milliseconds period{5'000};
constexpr milliseconds query_timeout{5'000};
const std::string change_channel = "notifications_catalogue";

void log_unread(std::string_view why) {
    observe::log(
        observe::level::warn,
        "rules and templates cannot be read now; those read before stand",
        {{"service", std::string("notifications")}, {"error", std::string(why)}}
    );
}

}  // namespace

catalogue::catalogue(async::runtime& runtime, db::database& database, std::string default_locale)
    : runtime_(runtime),
      database_(database),
      default_locale_(std::move(default_locale)),
      now_(std::make_shared<const snapshot>(snapshot{rule_set({}), template_set({}, default_locale_)})),
      wake_(runtime.executor(0)) {}

std::shared_ptr<const catalogue::snapshot> catalogue::now() const {
    const std::lock_guard lock(mutex_);
    return now_;
}

awaitable<std::shared_ptr<const catalogue::snapshot>> catalogue::current() {
    bool was_read = false;
    {
        const std::lock_guard lock(mutex_);
        was_read = installed_ticket_ > 0;
    }
    if (!was_read) co_await reload();
    co_return now();
}

void catalogue::start() {
    started_ = true;
    database_.listen(change_channel, [signal = wake_]() mutable { signal.notify(); });
    runtime_.spawn(0, "the catalogue of notifications", loop());
}

awaitable<void> catalogue::stop() {
    if (!started_) co_return;
    stopping_ = true;
    wake_.notify();
    co_await ended_.get();
}

void catalogue::changed(db::transaction& tx) {
    tx.after_commit([this] { database_.notify(change_channel); });
}

awaitable<void> catalogue::refresh() {
    try {
        co_await reload();
    } catch (const std::exception& failure) {
        log_unread(failure.what());
        wake_.notify();
    }
}

// Two may read at once: what was begun later has seen all that the earlier one has, and stands.
awaitable<void> catalogue::reload() {
    std::uint64_t ticket = 0;
    {
        const std::lock_guard lock(mutex_);
        ticket = ++last_ticket_;
    }
    stamp stored;
    stored.rules = co_await catalogue_store::list_rules(database_, deadline_in(query_timeout));
    stored.templates = co_await catalogue_store::list_template_names(database_, deadline_in(query_timeout));
    if (is_known(stored)) co_return;
    auto templates = co_await catalogue_store::list_templates(database_, deadline_in(query_timeout));
    stored.templates.clear();
    for (const auto& each : templates) {
        stored.templates.push_back({{each.event_type, each.channel, each.locale}, each.version});
    }
    auto read = std::make_shared<const snapshot>(
        snapshot{rule_set(stored.rules), template_set(std::move(templates), default_locale_)}
    );
    for (const auto& each : read->templates.refused()) {
        observe::log(
            observe::level::error,
            "a stored template cannot be used",
            {{"service", std::string("notifications")}, {"reason", each}}
        );
    }
    install(ticket, std::move(read), std::move(stored));
}

bool catalogue::is_known(const stamp& stored) const {
    const std::lock_guard lock(mutex_);
    return installed_ticket_ > 0 && stored_ == stored;
}

void catalogue::install(std::uint64_t ticket, std::shared_ptr<const snapshot> read, stamp of) {
    const std::lock_guard lock(mutex_);
    if (ticket < installed_ticket_) return;
    installed_ticket_ = ticket;
    now_ = std::move(read);
    stored_ = std::move(of);
}

awaitable<void> catalogue::loop() {
    while (!stopping_) {
        try {
            co_await reload();
        } catch (const std::exception& failure) {
            log_unread(failure.what());
        }
        co_await wake_.wait_for(period);
    }
    ended_.set_value(true);
}

}  // namespace esm::notifications
