// See deliver.hpp.
#include "services/notifications/deliver.hpp"

#include <random>

#include "platform/base/json_decoder.hpp"
#include "platform/observe/log.hpp"
#include "services/notifications/mailed_code.hpp"

namespace esm::notifications {

namespace {

using observe::field;
using std::chrono::milliseconds;

const std::string service_name = "notifications";  // of the log lines
constexpr milliseconds query_timeout{10'000};
constexpr milliseconds doubt_pause_first{100}, doubt_pause_max{2'000};

double dice() {
    thread_local std::mt19937_64 generator{std::random_device{}()};
    return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

awaitable<void> sleep(milliseconds duration) {
    asio::steady_timer timer(co_await asio::this_coro::executor, duration);
    co_await timer.async_wait(asio::use_awaitable);
}

observe::metrics::counter& outcome_counter(observe::metrics& metrics, const char* outcome) {
    return metrics.make_counter(
        "notification_attempts_total",
        "Attempts to send, by how they ended",
        {{"channel", "email"}, {"outcome", outcome}}
    );
}

void log_outcome(const decision& made) {
    const auto& after = made.after;
    const auto severity = after.status == status::sent ? observe::level::info : observe::level::warn;
    const std::initializer_list<field> fields{
        {"service", service_name},
        {"notificationId", after.notification_id},
        {"eventType", after.event_type},
        {"channel", after.channel},
        {"status", std::string(to_text(after.status))},
        {"attempts", after.attempts},
        {"answer", made.log.answer},
        {"delayMs", static_cast<std::int64_t>(made.delay.count())},
    };
    observe::log(severity, "a delivery was attempted", trace_of(after), fields);
}

}  // namespace

deliver::deliver(deliver_deps deps, deliver_options options)
    : deps_(deps),
      options_(std::move(options)),
      reader_(
          deps.runtime,
          [&database = deps.database](deadline until, std::vector<std::int64_t> ids) {
              return notification_store::load_deliveries(database, std::move(ids), until);
          },
          {}
      ),
      recorder_(deps.runtime, deps.database, deps.outbox),
      sent_(outcome_counter(deps.metrics, "sent")),
      retried_(outcome_counter(deps.metrics, "retry")),
      failed_(outcome_counter(deps.metrics, "failed")),
      latency_(deps.metrics.make_duration(
          "notification_latency_seconds",
          "From the notification's row to the provider's yes",
          {{"channel", "email"}}
      )),
      attempt_time_(deps.metrics.make_duration(
          "notification_attempt_seconds", "One exchange with the provider", {{"channel", "email"}}
      )) {}

awaitable<std::vector<bool>> deliver::claimed(db::transaction& tx, const std::vector<lease::held>& items) {
    db::integer_list ids;
    for (const auto& each : items) ids.push_back(each.id);
    const auto marked = co_await notification_store::mark_sending(tx, ids);
    if (marked.size() == ids.size()) co_return std::vector<bool>();
    for (const auto id : ids) {
        if (std::find(marked.begin(), marked.end(), id) != marked.end()) continue;
        observe::log(
            observe::level::warn,
            "the attempt before was cut off: the mail may arrive twice, with the same Message-ID",
            {{"service", service_name}, {"notificationId", id}}
        );
    }
    co_return std::vector<bool>();
}

awaitable<void> deliver::run(lease::held item, std::shared_ptr<lease::progress_token> token) {
    const auto found = co_await reader_.get(item.id, deadline_in(query_timeout));
    if (!found) throw db::unavailable(found.error().detail);
    if (!*found || is_final((*found)->what.status)) {
        co_await drop_lease(item);
        co_return;
    }
    const notification& what = (*found)->what;
    auto started_at = now_us();
    send_answer answer;
    milliseconds pause{0};
    if (auto mail = make_mail(**found)) {
        auto pass = co_await deps_.breaker.admit();
        if (!pass) {
            co_await give_back(item);
            co_return;
        }
        if (token->lost()) co_return;
        started_at = now_us();
        answer = co_await deps_.transport.send(std::move(*mail));
        if (answer.outcome == send_outcome::away) {
            pause = pass->away();
        } else {
            pass->reached();
        }
    } else {
        answer = {send_outcome::refused, mail.error().detail, {}};
    }
    outcome ended{item, decide(what, answer, started_at, now_us(), options_.policy, pause, dice())};
    count(ended.made);
    co_await write_down(std::move(ended), std::move(token));
}

result<outgoing_mail> deliver::make_mail(const work& of) const {
    try {
        auto fields = json::parse_object(of.model).value();
        if (const auto told = add_code(fields, deps_.code_key, now_us()); !told) return told.error();
        const auto content = render(of.template_name, of.what.subject, fields, of.to, options_.public_url);
        return compose(of.what, content, options_.from, now_us());
    } catch (const std::exception& failure) {
        return fail(errc::internal, fmt::format("the message cannot be rendered: {}", failure.what()));
    }
}

awaitable<void> deliver::give_back(const lease::held& item) {
    co_await deps_.database.transact(
        deadline_in(query_timeout),
        [&item](db::transaction& tx) -> awaitable<bool> {
            const auto held = co_await lease::release(tx, {item}, {milliseconds(0)});
            if (held.front()) notification_store::put_back(tx, item.id);
            co_return true;
        }
    );
}

awaitable<void> deliver::drop_lease(const lease::held& item) {
    co_await deps_.database.transact(
        deadline_in(query_timeout),
        [&item](db::transaction& tx) -> awaitable<bool> {
            co_await lease::complete(tx, {item});
            co_return true;
        }
    );
}

awaitable<void> deliver::write_down(outcome ended, std::shared_ptr<lease::progress_token> token) {
    // The provider has answered: forgetting it now would send the mail again. So wait for the database, as
    // long as the notification is ours.
    for (auto pause = doubt_pause_first;; pause = std::min(2 * pause, doubt_pause_max)) {
        std::string why;
        try {
            const auto done = co_await recorder_.submit(ended, deadline_in(query_timeout));
            if (done && *done == recorded::yes) {
                log_outcome(ended.made);
                co_return;
            }
            if (done) break;
            why = done.error().detail;
        } catch (const db::unavailable& failure) {
            why = failure.what();
        }
        observe::log(
            observe::level::warn,
            "the outcome of a delivery cannot be written yet",
            trace_of(ended.made.after),
            {{"service", service_name}, {"notificationId", ended.made.after.notification_id}, {"reason", why}}
        );
        if (token->lost() || stopping_) break;
        co_await sleep(pause);
    }
    observe::log(
        observe::level::warn,
        "the lease of a delivery is gone: its outcome stands already, or it is sent again",
        trace_of(ended.made.after),
        {{"service", service_name},
         {"notificationId", ended.made.after.notification_id},
         {"answer", ended.made.log.answer}}
    );
}

void deliver::count(const decision& made) {
    const auto seconds = [](instant_us span) { return static_cast<double>(span) / 1e6; };
    attempt_time_.observe(seconds(made.log.finished_at - made.log.started_at));
    switch (made.after.status) {
        case status::sent:
            sent_.add();
            latency_.observe(seconds(made.log.finished_at - made.after.created_at));
            break;
        case status::failed:
            failed_.add();
            break;
        default:
            retried_.add();
    }
}

}  // namespace esm::notifications
