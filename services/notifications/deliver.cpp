// See deliver.hpp.
#include "services/notifications/deliver.hpp"

#include <random>

#include "platform/base/json_decoder.hpp"
#include "platform/observe/log.hpp"
#include "services/notifications/inbox/inbox_channel.hpp"
#include "services/notifications/may_deliver.hpp"

namespace esm::notifications {

namespace {

using observe::field;
using std::chrono::milliseconds;

const std::string service_name = "notifications";  // of the log lines
constexpr milliseconds query_timeout{10'000};
constexpr milliseconds doubt_pause_first{100}, doubt_pause_max{2'000};
constexpr milliseconds away_pause_min{50};

double dice() {
    thread_local std::mt19937_64 generator{std::random_device{}()};
    return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

awaitable<void> sleep(milliseconds duration) {
    asio::steady_timer timer(co_await asio::this_coro::executor, duration);
    co_await timer.async_wait(asio::use_awaitable);
}

observe::metrics::counter& outcome_counter(
    observe::metrics& metrics, const std::string& channel, const char* outcome
) {
    return metrics.make_counter(
        "notification_attempts_total",
        "Attempts to send, by how they ended",
        {{"channel", channel}, {"outcome", outcome}}
    );
}

const std::string& answer_of(const decision& made) {
    static const std::string none;
    if (!made.log.empty()) return made.log.back().answer;
    return made.after.error_message ? *made.after.error_message : none;
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
        {"provider", made.log.empty() ? std::string() : made.log.back().provider},
        {"answer", answer_of(made)},
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
      recorder_(deps.runtime, deps.database, deps.outbox, deps.on_gone),
      sent_(outcome_counter(deps.metrics, options_.channel, "sent")),
      retried_(outcome_counter(deps.metrics, options_.channel, "retry")),
      failed_(outcome_counter(deps.metrics, options_.channel, "failed")),
      unsent_(outcome_counter(deps.metrics, options_.channel, "unsent")),
      latency_(deps.metrics.make_duration(
          "notification_latency_seconds",
          "From the notification's row to the provider's yes",
          {{"channel", options_.channel}}
      )),
      attempt_time_(deps.metrics.make_duration(
          "notification_attempt_seconds", "One exchange with the provider", {{"channel", options_.channel}}
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
            "the attempt before was cut off: the message may arrive twice, with the same id",
            {{"service", service_name}, {"notificationId", id}}
        );
    }
    co_return std::vector<bool>();
}

awaitable<void> deliver::given_back(db::transaction& tx, const std::vector<lease::rescued>& items) {
    for (const auto& each : items) notification_store::put_back(tx, each.item.id, std::nullopt);
    co_return;
}

awaitable<void> deliver::run(lease::held item, std::shared_ptr<lease::progress_token> token) {
    auto made = co_await attempt_delivery(item, *token);
    if (!made) co_return;
    count(*made);
    outcome ended{item, std::move(*made)};
    co_await write_down(std::move(ended), std::move(token));
}

awaitable<std::optional<decision>> deliver::attempt_delivery(
    const lease::held& item, const lease::progress_token& token
) {
    // Nothing is read before it can go out: while a channel rests codes run out, people unsubscribe, and
    // their quiet hours begin.
    auto turn = co_await deps_.carriers.admit();
    if (!turn) {
        co_await give_back(item, std::nullopt);
        co_return std::nullopt;
    }
    const auto found = co_await reader_.get(item.id, deadline_in(query_timeout));
    if (!found) throw db::unavailable(found.error().detail);
    if (!*found || is_final((*found)->what.status)) {
        co_await drop_lease(item);
        co_return std::nullopt;
    }
    const auto& of = **found;
    const auto verdict = may_deliver(of, now_us());
    if (verdict.not_before) {
        co_await give_back(item, verdict.not_before);
        co_return std::nullopt;
    }
    if (verdict.instead) co_return end_unsent(of.what, *verdict.instead, verdict.why);
    const auto began_at = now_us();
    const auto message = co_await deps_.making.run(of);
    if (!message) {
        const send_answer unsendable{send_outcome::refused, message.error().detail, {}};
        const tried nobody{std::string(turn->name), began_at, now_us(), unsendable};
        co_return decide(of.what, {nobody}, options_.policy, milliseconds(0), dice());
    }
    if (token.lost()) co_return std::nullopt;
    const auto tries = co_await send(*turn, *message, token);
    // Our stop says nothing of the provider: no attempt is written down.
    if (tries.back().answer.outcome == send_outcome::cut) {
        co_await give_back(item, std::nullopt);
        co_return std::nullopt;
    }
    auto before = of.what;
    before.subject = message->what.subject;
    if (options_.channel == "in_app") before.content = inbox_content(message->content);
    const auto pause = std::max(deps_.carriers.rests_for(), away_pause_min);
    co_return decide(before, tries, options_.policy, pause, dice());
}

awaitable<std::vector<tried>> deliver::send(
    providers::turn& by, const outgoing& message, const lease::progress_token& token
) {
    std::vector<tried> tries;
    tries.push_back(co_await ask(by, message));
    const auto& first = tries.front().answer;
    if (first.outcome != send_outcome::away || first.may_have_arrived || token.lost()) co_return tries;
    // Whoever waits for a code does not wait for a pause, where somebody stands in.
    if (auto other = deps_.carriers.instead_of(by.name)) tries.push_back(co_await ask(*other, message));
    co_return tries;
}

awaitable<tried> deliver::ask(providers::turn& by, const outgoing& message) {
    tried made{std::string(by.name), now_us(), 0, {}};
    made.answer = co_await by.carrier.send(message);
    made.finished_at = now_us();
    if (made.answer.outcome == send_outcome::away) {
        by.pass.away();
    } else if (made.answer.outcome != send_outcome::cut) {
        by.pass.reached();
    }
    if (made.answer.may_have_arrived) {
        observe::log(
            observe::level::warn,
            "nobody answered a message that was handed over: it may arrive twice, with the same id",
            trace_of(message.what),
            {{"service", service_name},
             {"notificationId", message.what.notification_id},
             {"provider", made.provider},
             {"answer", made.answer.text}}
        );
    }
    co_return made;
}

awaitable<void> deliver::give_back(const lease::held& item, std::optional<instant_us> due) {
    milliseconds delay{0};
    if (due) delay = std::max(milliseconds(0), milliseconds((*due - now_us()) / 1000 + 1));
    co_await deps_.database.transact(
        deadline_in(query_timeout),
        [&item, delay, due](db::transaction& tx) -> awaitable<bool> {
            const std::vector<lease::held> items{item};
            const std::vector<milliseconds> delays{delay};
            const auto held = co_await lease::release(tx, items, delays);
            if (held.front()) notification_store::put_back(tx, item.id, due);
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
                if (options_.channel == "in_app") deps_.inbox_changed(ended.made.after.user_id);
                co_return;
            }
            if (done) break;
            why = done.error().detail;
        } catch (const std::exception& failure) {
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
         {"answer", answer_of(ended.made)}}
    );
}

void deliver::count(const decision& made) {
    if (made.log.empty()) unsent_.add();
    const auto seconds = [](instant_us span) { return static_cast<double>(span) / 1e6; };
    for (const auto& each : made.log) {
        attempt_time_.observe(seconds(each.finished_at - each.started_at));
        auto& counted = each.outcome == "sent" ? sent_ : each.outcome == "failed" ? failed_ : retried_;
        counted.add();
    }
    if (made.after.status == status::sent)
        latency_.observe(seconds(made.log.back().finished_at - made.after.created_at));
}

}  // namespace esm::notifications
