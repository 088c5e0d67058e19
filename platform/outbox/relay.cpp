// See relay.hpp. One coroutine on one shard: while it owns the lock it publishes batch after batch, reading
// the next one while the broker has the last.
#include "platform/outbox/relay.hpp"

#include <algorithm>
#include <cmath>

#include "platform/async/oneshot.hpp"
#include "platform/async/signal.hpp"
#include "platform/observe/log.hpp"
#include "platform/outbox/sql.hpp"

namespace esm::outbox {

using namespace std::chrono_literals;

namespace {

constexpr std::int64_t lock_key = 0x6F7574626F78;  // "outbox"
constexpr const char* channel = "outbox";
constexpr auto database_patience = 10s;
// The time between two reads: what gathers a batch. Idle, an event is read at once; under load, larger
// batches leave the cores to those who write.
constexpr std::chrono::milliseconds gather_few = 3ms;
constexpr std::chrono::milliseconds gather_many = 50ms;
// A read from the start passes all published rows that cannot be vacuumed yet, where somebody holds a
// transaction open: what that costs, beyond what a row costs, is not paid again before eight times as long.
constexpr auto row_cost = 4us;
constexpr int passing_share = 8;
constexpr std::chrono::milliseconds gather_max = 500ms;
constexpr double many_a_second = 60;  // each on its own would cost broker and followers more than the event
constexpr double rate_memory_s = 0.5;
// Who does not own the relay asks for the lock this often: the longest gap when an owner dies.
constexpr std::chrono::milliseconds ask_again = 1s;
constexpr std::chrono::milliseconds backoff_min = 100ms;
constexpr std::chrono::milliseconds backoff_max = 5s;
constexpr auto measure_every = 5s;
constexpr auto stop_grace = 3s;
constexpr std::int64_t counted_max = 10'000;  // of measure.sql

struct outbox_batch {
    db::integer_list ids;
    std::vector<events::event> events;
};

// A full batch takes milliseconds to read: the shard's requests get their turn in between.
awaitable<outbox_batch> read_batch(db::rows found) {
    constexpr std::size_t at_a_time = 500;
    outbox_batch made;
    made.ids.reserve(found.size());
    made.events.reserve(found.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
        if (i > 0 && i % at_a_time == 0) {
            co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
        }
        const auto row = found[i];
        made.ids.push_back(row.integer(0));
        auto& each = made.events.emplace_back();
        each.topic = row.text(1);
        each.key = row.text(2);
        events::decode_attributes(row.view(3), each);
        each.data = row.text(4);
    }
    co_return made;
}

// A publication on its way; outlives a relay that stops waiting for it.
struct publication {
    explicit publication(const asio::any_io_executor& executor) : done(executor) {}
    std::optional<std::vector<bool>> persisted;
    async::signal done;
};

// The lock is lost, or another process began a newer epoch.
class not_owner : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

}  // namespace

struct relay::state {
    state(async::runtime& runtime_, db::database& source_, events::event_log& log_, relay_options options_)
        : runtime(runtime_), source(source_), log(log_), options(options_) {}

    async::runtime& runtime;
    db::database& source;
    events::event_log& log;
    const relay_options options;

    std::atomic<bool> owner{false};
    std::atomic<std::int64_t> published{0}, pending{0}, oldest_us{0};
    std::atomic<bool> stopping{false};
    std::optional<async::signal> woken;
    std::optional<async::signal> told_to_stop;
    async::oneshot<bool> ended;

    // The loop's own.
    asio::any_io_executor executor;
    std::unique_ptr<db::database::lock> lock;
    std::int64_t epoch{0};
    std::chrono::milliseconds backoff{backoff_min};
    deadline last_read{};
    // What reads from the start cost beyond their rows: the last one, and the cheaper of the last two, since
    // one may have waited for a core.
    std::chrono::nanoseconds last_passing{0}, passing{0};
    double rate{0};  // events a second, of late
    deadline measure_due{};
    deadline stop_until{deadline::max()};

    static awaitable<void> run(std::shared_ptr<state> self);
    awaitable<void> gain();
    awaitable<void> serve();
    awaitable<bool> drain();
    awaitable<outbox_batch> note(db::rows found);
    awaitable<outbox_batch> read_first();
    std::chrono::nanoseconds gather() const;
    awaitable<outbox_batch> read_following(std::int64_t last_id);
    std::shared_ptr<publication> publish(std::vector<events::event> batch);
    awaitable<std::vector<bool>> wait_for(std::shared_ptr<publication> sent, std::size_t size);
    awaitable<std::size_t> forget_published(const db::integer_list& ids, const std::vector<bool>& persisted);
    awaitable<void> measure_when_due();
    awaitable<void> pause();
    void give_up(const std::string& why);
    bool must_end() const { return stopping && std::chrono::steady_clock::now() >= stop_until; }
};

awaitable<void> relay::state::run(std::shared_ptr<state> self) {
    self->executor = co_await asio::this_coro::executor;
    while (!self->stopping) {
        std::string failure;
        try {
            if (self->lock)
                co_await self->serve();
            else
                co_await self->gain();
        } catch (const std::exception& cause) {
            failure = cause.what();
        }
        if (failure.empty()) continue;
        self->give_up(failure);
        co_await self->pause();
    }
    try {
        // Once: a drain ends with an empty outbox, or with a log that does not take any more.
        if (self->lock && self->lock->held() && !self->must_end()) co_await self->drain();
    } catch (const std::exception& cause) {
        self->give_up(cause.what());
    }
    self->owner = false;
    self->lock.reset();
    self->ended.set_value(true);
}

awaitable<void> relay::state::gain() {
    lock = co_await source.try_lock(lock_key, deadline_in(database_patience));
    if (!lock) {
        co_await told_to_stop->wait_for(std::max(options.poll, ask_again));
        co_return;
    }
    epoch = co_await lock->transact([](db::transaction& tx) -> awaitable<std::int64_t> {
        const auto begun = co_await tx.query(sql::begin_epoch);
        co_return begun.front().integer(0);
    });
    owner = true;
    backoff = backoff_min;
    observe::log(observe::level::info, "this process is the outbox relay", {{"epoch", epoch}});
}

// One pass: what is there is published; then waits for more.
awaitable<void> relay::state::serve() {
    if (!lock->held()) throw not_owner("the connection that held the lock is gone");
    const bool all_published = co_await drain();
    co_await measure_when_due();
    if (stopping) co_return;
    if (!all_published) {
        co_await pause();
        co_return;
    }
    co_await woken->wait_for(options.poll);
    const auto since = std::chrono::steady_clock::now() - last_read;
    const auto rest = gather();
    if (since < rest && !stopping) {
        asio::steady_timer more(executor, rest - since);
        co_await more.async_wait(asio::use_awaitable);
    }
}

std::chrono::nanoseconds relay::state::gather() const {
    const std::chrono::nanoseconds usual = rate < many_a_second ? gather_few : gather_many;
    return std::clamp<std::chrono::nanoseconds>(passing_share * passing, usual, gather_max);
}

// Publishes batches until the outbox is empty: true; false when the log did not take all of a batch.
awaitable<bool> relay::state::drain() {
    auto batch = co_await read_first();
    while (!batch.ids.empty()) {
        if (must_end()) co_return false;
        if (!lock->held()) throw not_owner("the connection that held the lock is gone");
        const auto size = batch.ids.size();
        const auto sent = publish(std::move(batch.events));
        outbox_batch next;
        if (size == options.batch_max && !stopping) next = co_await read_following(batch.ids.back());
        const auto persisted = co_await wait_for(sent, size);
        const auto gone = co_await forget_published(batch.ids, persisted);
        published += static_cast<std::int64_t>(gone);
        if (gone < size) co_return false;
        backoff = backoff_min;
        // Only a full batch may have more behind it; what is committed later wakes the relay.
        if (size < options.batch_max) break;
        batch = next.ids.empty() ? co_await read_first() : std::move(next);
    }
    pending = 0;
    oldest_us = 0;
    co_return true;
}

awaitable<outbox_batch> relay::state::read_first() {
    const auto begun = std::chrono::steady_clock::now();
    auto found = co_await source.query(deadline_in(database_patience), sql::select_batch, options.batch_max);
    const auto usual = row_cost * static_cast<std::int64_t>(found.size());
    const auto cost = std::chrono::steady_clock::now() - begun - usual;
    passing = std::min<std::chrono::nanoseconds>(cost, std::exchange(last_passing, cost));
    co_return co_await note(std::move(found));
}

awaitable<outbox_batch> relay::state::read_following(std::int64_t last_id) {
    co_return co_await note(co_await source.query(
        deadline_in(database_patience), sql::select_following, last_id, options.batch_max
    ));
}

awaitable<outbox_batch> relay::state::note(db::rows found) {
    const auto now = std::chrono::steady_clock::now();
    const std::chrono::duration<double> since = now - std::exchange(last_read, now);
    auto batch = co_await read_batch(std::move(found));
    // An average that fades with time, however irregular the reads are.
    rate *= std::exp(-since.count() / rate_memory_s);
    rate += static_cast<double>(batch.ids.size()) / rate_memory_s;
    co_return batch;
}

std::shared_ptr<publication> relay::state::publish(std::vector<events::event> batch) {
    auto sent = std::make_shared<publication>(executor);
    asio::co_spawn(
        executor,
        log.publish(std::move(batch), options.publish_patience),
        [sent](const std::exception_ptr& failure, std::vector<bool> persisted) {
            sent->persisted = failure ? std::vector<bool>{} : std::move(persisted);
            sent->done.notify();
        }
    );
    return sent;
}

// While stopping, a broker that is away is not waited for: the rows stay.
awaitable<std::vector<bool>> relay::state::wait_for(std::shared_ptr<publication> sent, std::size_t size) {
    while (!sent->persisted && !must_end()) co_await sent->done.wait_for(stopping ? 20ms : 250ms);
    auto persisted = sent->persisted ? std::move(*sent->persisted) : std::vector<bool>{};
    persisted.resize(size, false);
    co_return persisted;
}

// Deletes what is in the log, on the connection that holds the lock and in its epoch. Answers how many.
awaitable<std::size_t> relay::state::forget_published(
    const db::integer_list& ids, const std::vector<bool>& persisted
) {
    db::integer_list gone;
    gone.reserve(ids.size());
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (persisted[i]) gone.push_back(ids[i]);
    }
    if (gone.empty()) co_return 0;
    const auto deleted = co_await lock->transact([&](db::transaction& tx) -> awaitable<std::int64_t> {
        const auto answer = co_await tx.query(sql::delete_published, gone, epoch);
        co_return answer.affected();
    });
    if (deleted != static_cast<std::int64_t>(gone.size()))
        throw not_owner("another process is the relay by now");
    co_return gone.size();
}

awaitable<void> relay::state::measure_when_due() {
    if (std::chrono::steady_clock::now() < measure_due) co_return;
    measure_due = deadline_in(measure_every);
    const auto found = co_await source.query(deadline_in(database_patience), sql::measure);
    const auto counted = found.front().integer(0);
    pending = counted < counted_max ? counted : found.front().integer(1);
    oldest_us = found.front().integer(2);
}

awaitable<void> relay::state::pause() {
    if (stopping) co_return;
    const auto rest = std::exchange(backoff, std::min(backoff * 2, backoff_max));
    co_await told_to_stop->wait_for(rest);
}

void relay::state::give_up(const std::string& why) {
    observe::log(observe::level::warn, "outbox relay starts over", {{"error", why}});
    owner = false;
    lock.reset();
}

relay::relay(async::runtime& runtime, db::database& source, events::event_log& log, relay_options options)
    : state_(std::make_shared<state>(runtime, source, log, options)) {}

relay::~relay() {
    state_->stopping = true;
    if (!state_->woken) return;
    state_->woken->notify();
    state_->told_to_stop->notify();
}

void relay::start(unsigned shard) {
    state_->woken.emplace(state_->runtime.executor(shard));
    state_->told_to_stop.emplace(state_->runtime.executor(shard));
    const std::weak_ptr<state> kept = state_;
    state_->source.listen(channel, [kept] {
        if (const auto alive = kept.lock()) alive->woken->notify();
    });
    state_->runtime.spawn(shard, "outbox relay", state::run(state_));
}

// Who owns the relay needs no NOTIFY: that would take PostgreSQL's global commit lock for nothing.
void relay::wake() {
    if (state_->owner.load(std::memory_order_relaxed))
        state_->woken->notify();
    else
        state_->source.notify(channel);
}

awaitable<void> relay::stop() {
    const auto kept = state_;
    if (!kept->woken) co_return;  // never started
    kept->stop_until = deadline_in(stop_grace);
    kept->stopping = true;
    kept->woken->notify();
    kept->told_to_stop->notify();
    co_await kept->ended.get();
}

relay_stats relay::stats() const {
    const auto oldest = state_->oldest_us.load();
    return {
        state_->owner,
        state_->published,
        state_->pending,
        oldest == 0 ? 0 : std::max<std::int64_t>(0, now_us() - oldest)
    };
}

}  // namespace esm::outbox
