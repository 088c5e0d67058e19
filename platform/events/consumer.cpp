// See consumer.hpp. A batch is tried as a whole; when one of its events fails, each is tried by itself. What
// was not done goes back to the subscription, and comes again with the next poll.
#include "platform/events/consumer.hpp"

#include <random>
#include <span>

#include "platform/async/oneshot.hpp"
#include "platform/events/dead_letters.hpp"
#include "platform/events/inbox.hpp"
#include "platform/observe/log.hpp"

namespace esm::events {

using namespace std::chrono_literals;

namespace {

constexpr auto poll_patience = 500ms;
constexpr auto transaction_patience = 30s;
constexpr auto bury_patience = 10s;
constexpr auto trim_every = 60s;
constexpr std::chrono::milliseconds backoff_min = 100ms;
constexpr std::chrono::milliseconds backoff_max = 5s;
// How often an effect may fail in a way that tells nothing about the event before the event is held to be the
// cause.
constexpr int unexplained_failures_max = 3;

enum class verdict : std::uint8_t {
    done,
    poison,       // the event can never be applied
    unexplained,  // it may be the event, or a mistake elsewhere
    away          // the environment is broken: the event waits
};

struct judgement {
    verdict what{verdict::done};
    std::string why;
    std::int64_t applied{0}, duplicates{0};
};

awaitable<result<void>> apply_each(
    const effect& apply, db::transaction& tx, const std::vector<const event*>& causes
) {
    for (const auto* each : causes) {
        const auto done = co_await apply(tx, *each);
        if (!done) co_return done.error();
    }
    co_return result<void>();
}

}  // namespace

struct consumer::state : std::enable_shared_from_this<consumer::state> {
    state(
        async::runtime& runtime_,
        event_log& log_,
        db::database& target_,
        consumer_options options_,
        batch_effect apply_
    )
        : runtime(runtime_),
          log(log_),
          target(target_),
          options(std::move(options_)),
          apply(std::move(apply_)) {}

    async::runtime& runtime;
    event_log& log;
    db::database& target;
    const consumer_options options;
    const batch_effect apply;

    std::atomic<std::int64_t> applied{0}, duplicates{0}, dead{0}, lag{-1};
    std::atomic<bool> stopping{false};
    std::optional<async::signal> stop;  // none: never started
    unsigned shard{0};
    async::oneshot<bool> ended;

    // The loop's own.
    std::unique_ptr<subscription> source;
    std::chrono::milliseconds backoff{backoff_min};
    std::string failing_id;
    int failures{0};
    deadline trim_due{std::chrono::steady_clock::now() + trim_every};

    static awaitable<void> run(std::shared_ptr<state> self);
    awaitable<void> step();
    awaitable<std::size_t> process(const std::vector<delivered>& batch);
    awaitable<judgement> try_apply(std::span<const delivered> events);
    awaitable<bool> settle_one(const delivered& one);
    awaitable<bool> to_dead_letters(const delivered& one, const judgement& found);
    awaitable<bool> note_burial(const delivered& one, const std::string& why);
    awaitable<result<judgement>> apply_in(db::transaction& tx, std::span<const delivered> events);
    awaitable<void> pause();
    awaitable<void> trim_when_due();
    void count(const judgement& found);
    void end();
};

awaitable<void> consumer::state::run(std::shared_ptr<state> self) {
    self->source = self->log.subscribe(self->options.group, self->options.topics);
    while (!self->stopping) {
        bool failed = false;
        try {
            co_await self->step();
        } catch (const std::exception& failure) {
            failed = true;
            observe::log(
                observe::level::error,
                "consumer failed, goes on",
                {{"group", self->options.group}, {"error", std::string(failure.what())}}
            );
        }
        if (failed) co_await self->pause();
    }
    self->source.reset();
    self->ended.set_value(true);
}

awaitable<void> consumer::state::step() {
    auto batch = co_await source->poll(options.batch_max, poll_patience);
    if (!batch.empty()) {
        const std::size_t done = co_await process(batch);
        std::vector<delivered> rest(
            std::make_move_iterator(batch.begin() + static_cast<std::ptrdiff_t>(done)),
            std::make_move_iterator(batch.end())
        );
        batch.resize(done);
        if (!rest.empty()) co_await source->rewind(rest);
        if (done > 0) {
            co_await source->commit(batch);
            backoff = backoff_min;
        }
        if (!rest.empty()) co_await pause();
    }
    lag = source->lag();
    co_await trim_when_due();
}

// Answers how many, from the first on, are done.
awaitable<std::size_t> consumer::state::process(const std::vector<delivered>& batch) {
    const bool all_well_formed =
        std::all_of(batch.begin(), batch.end(), [](const delivered& each) { return each.well_formed; });
    if (all_well_formed) {
        const auto found = co_await try_apply(batch);
        if (found.what == verdict::done) count(found);
        if (found.what == verdict::done) co_return batch.size();
        if (found.what == verdict::away) co_return 0;
    }
    std::size_t done = 0;
    while (done < batch.size() && !stopping && co_await settle_one(batch[done])) ++done;
    co_return done;
}

awaitable<judgement> consumer::state::try_apply(std::span<const delivered> events) {
    judgement found;
    try {
        auto answer = co_await target.transact(
            deadline_in(transaction_patience),
            [this, events](db::transaction& tx) -> awaitable<result<judgement>> {
                return apply_in(tx, events);
            }
        );
        if (answer) co_return *answer;
        found = {verdict::poison, answer.error().detail};
        if (found.why.empty()) found.why = info(answer.error().code).name;
    } catch (const db::unavailable& failure) {
        found = {verdict::away, failure.what()};
    } catch (const db::query_failed& failure) {
        found = {failure.blames_data() ? verdict::poison : verdict::away, failure.what()};
    } catch (const std::exception& failure) {
        found = {verdict::unexplained, failure.what()};
    }
    if (found.what == verdict::away) {
        observe::log(
            observe::level::warn,
            "events wait for the database",
            {{"group", options.group}, {"error", found.why}}
        );
    }
    co_return found;
}

awaitable<result<judgement>> consumer::state::apply_in(
    db::transaction& tx, std::span<const delivered> events
) {
    const auto is_new = co_await mark_done(tx, options.group, events);
    std::vector<const event*> causes;
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (is_new[i]) causes.push_back(&events[i].value);
    }
    if (!causes.empty()) {
        const auto done = co_await apply(tx, causes);
        if (!done) co_return done.error();
    }
    judgement counts;
    counts.applied = static_cast<std::int64_t>(causes.size());
    counts.duplicates = static_cast<std::int64_t>(events.size()) - counts.applied;
    co_return counts;
}

// True when the event needs nothing more: applied, known, or a dead letter.
awaitable<bool> consumer::state::settle_one(const delivered& one) {
    judgement found{verdict::poison, one.malformed_why};
    if (one.well_formed) found = co_await try_apply({&one, 1});
    if (found.what == verdict::done) {
        count(found);
        co_return true;
    }
    if (found.what == verdict::away) co_return false;
    const auto id = inbox_id(one);
    failures = id == failing_id ? failures + 1 : 1;
    failing_id = id;
    if (found.what == verdict::unexplained && failures < unexplained_failures_max) co_return false;
    co_return co_await to_dead_letters(one, found);
}

awaitable<bool> consumer::state::to_dead_letters(const delivered& one, const judgement& found) {
    if (!co_await bury(log, options.group, one, found.why, failures, bury_patience)) co_return false;
    // Its letter is written: coming again, the event would get a second one.
    while (!co_await note_burial(one, found.why)) {
        if (stopping) co_return false;
        co_await pause();
    }
    backoff = backoff_min;
    ++dead;
    observe::log(
        observe::level::error,
        "event refused for good, moved to the dead letters",
        trace_of(one.value),
        {{"group", options.group},
         {"topic", one.value.topic},
         {"eventId", inbox_id(one)},
         {"type", one.value.type},
         {"error", found.why}}
    );
    co_return true;
}

// False where it has to be tried again: the event's letter is written, and what comes behind it waits.
awaitable<bool> consumer::state::note_burial(const delivered& one, const std::string& why) {
    try {
        co_return co_await target.transact(
            deadline_in(transaction_patience),
            [this, &one, &why](db::transaction& tx) -> awaitable<bool> {
                const auto is_new = co_await mark_done(tx, options.group, {&one, 1});
                if (options.on_burial && is_new.front()) options.on_burial(tx, one, why);
                co_return true;
            }
        );
    } catch (const std::exception& failure) {
        observe::log(
            observe::level::warn,
            "inbox not written",
            {{"group", options.group}, {"eventId", inbox_id(one)}, {"error", std::string(failure.what())}}
        );
        co_return false;
    }
}

// Full jitter, so that replicas do not come back together.
awaitable<void> consumer::state::pause() {
    thread_local std::minstd_rand random{std::random_device{}()};
    const auto chosen =
        std::uniform_int_distribution<std::int64_t>(backoff.count() / 2, backoff.count())(random);
    backoff = std::min(backoff * 2, backoff_max);
    co_await stop->wait_for(std::chrono::milliseconds(chosen));
}

awaitable<void> consumer::state::trim_when_due() {
    if (std::chrono::steady_clock::now() < trim_due) co_return;
    trim_due = deadline_in(trim_every);
    co_await trim_inbox(target);
}

// Thread-safe; the loop ends with what it has in hand.
void consumer::state::end() {
    if (stopping.exchange(true) || !stop) return;
    stop->notify();
    asio::post(runtime.executor(shard), [kept = shared_from_this()] {
        if (kept->source) kept->source->stop_waiting();
    });
}

void consumer::state::count(const judgement& found) {
    applied += found.applied;
    duplicates += found.duplicates;
}

consumer::consumer(
    async::runtime& runtime, event_log& log, db::database& target, consumer_options options, effect apply
)
    : consumer(
          runtime,
          log,
          target,
          std::move(options),
          [apply = std::move(apply)](
              db::transaction& tx, const std::vector<const event*>& causes
          ) -> awaitable<result<void>> { return apply_each(apply, tx, causes); }
      ) {}

consumer::consumer(
    async::runtime& runtime,
    event_log& log,
    db::database& target,
    consumer_options options,
    batch_effect apply
)
    : state_(std::make_shared<state>(runtime, log, target, std::move(options), std::move(apply))) {}

consumer::~consumer() {
    state_->end();
}

void consumer::start(unsigned shard) {
    std::vector<std::string> letters;
    for (const auto& topic : state_->options.topics)
        letters.push_back(dead_letter_topic(state_->options.group, topic));
    state_->log.ensure_topics(std::move(letters), 1);
    state_->shard = shard;
    state_->stop.emplace(state_->runtime.executor(shard));
    state_->runtime.spawn(shard, "consumer " + state_->options.group, state::run(state_));
}

awaitable<void> consumer::stop() {
    const auto kept = state_;
    kept->end();
    if (kept->stop) co_await kept->ended.get();
}

consumer_stats consumer::stats() const {
    return {state_->applied, state_->duplicates, state_->dead, state_->lag};
}

}  // namespace esm::events
