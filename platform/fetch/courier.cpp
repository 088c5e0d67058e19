// See courier.hpp.
#include "platform/fetch/courier.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <unordered_map>

#include "platform/fetch/answer_head.hpp"
#include "platform/fetch/target.hpp"
#include "platform/fetch/transfer.hpp"

namespace esm::fetch {

namespace {

using kind = reply::kind;

constexpr std::chrono::seconds retry_after_max{24 * 3600};
constexpr std::chrono::milliseconds idle_max{60'000};

struct multi_deleter {
    void operator()(CURLM* multi) const { curl_multi_cleanup(multi); }
};
struct share_deleter {
    void operator()(CURLSH* share) const { curl_share_cleanup(share); }
};
struct url_deleter {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
struct text_deleter {
    void operator()(char* text) const { curl_free(text); }
};

std::string part_of(CURLU* url, CURLUPart which) {
    char* raw = nullptr;
    curl_url_get(url, which, &raw, CURLU_DEFAULT_PORT);
    const std::unique_ptr<char, text_deleter> text(raw);
    return text ? text.get() : "";
}

// Takes an own URL apart as libcurl will: it may be of forms that a stranger's must not have.
bool find_own_host(pending_call& made) {
    const std::unique_ptr<CURLU, url_deleter> url(curl_url());
    if (curl_url_set(url.get(), CURLUPART_URL, made.given.url.c_str(), 0) != CURLUE_OK) return false;
    const auto scheme = part_of(url.get(), CURLUPART_SCHEME);
    if (scheme != "http" && scheme != "https") return false;
    made.shown = part_of(url.get(), CURLUPART_HOST);
    made.host = fmt::format("{}:{}", lower_case(made.shown), part_of(url.get(), CURLUPART_PORT));
    return true;
}

std::string find_host(pending_call& made) {
    if (!made.given.strangers) return find_own_host(made) ? "" : "the URL is not one of http or https";
    auto where = parse_target(made.given.url);
    if (!where) return where.error().detail;
    made.given.url = where->url;
    made.shown = where->host;
    made.host = fmt::format("{}:{}", lower_case(where->host), where->port);
    made.not_allowed = not_allowed_text(*where);
    return {};
}

reply away(std::string text) {
    return {kind::away, std::move(text)};
}

reply stopped() {
    return {kind::stopped, "stopped before there was an answer"};
}

}  // namespace

std::string_view reply::header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers) {
        if (name == lower_case_name) return value;
    }
    return {};
}

std::optional<std::chrono::seconds> reply::retry_after() const {
    return read_retry_after(header("retry-after"), retry_after_max);
}

struct courier::state {
    explicit state(courier_options given) : options(std::move(given)) { initialise_libcurl(); }
    ~state() {
        stop();
        if (thread.joinable()) thread.join();
    }

    // Nothing once the call waits for its turn; otherwise why it never will.
    std::optional<reply> admit(pending_ptr made);
    void stop();

private:
    // Own and strangers' calls meet neither in a queue nor on a connection: a kept one would take a
    // stranger's call past the check of its address.
    struct lane {
        explicit lane(const courier_options& given)
            : queue(given.in_flight_max, given.waiting_max, given.a_host_max) {}
        call_queue queue;  // under the mutex
        std::vector<std::unique_ptr<transfer>> idle;
    };

    lane& lane_of(const call& given) { return given.strangers ? strangers : own; }
    void start();
    void run();
    // The calls that may begin now, and until when to sleep. False once stopped.
    bool take(std::vector<pending_ptr>& starting, deadline& wake_at);
    void begin(pending_ptr call);
    // Whether calls have ended, so that others may begin.
    bool reap();
    void end(transfer& ended, reply given);
    void end_all();

    const courier_options options;
    std::mutex mutex;
    bool stopping{false};  // under the mutex
    std::thread thread;    // begun under the mutex

    // From here on of the thread alone, but for the queues and for waking it. What is used stands before
    // what uses it.
    std::unique_ptr<CURLSH, share_deleter> strangers_pool;
    std::unique_ptr<CURLM, multi_deleter> multi;
    lane own{options}, strangers{options};
    std::unordered_map<transfer*, std::unique_ptr<transfer>> running;
};

std::optional<reply> courier::state::admit(pending_ptr made) {
    const std::lock_guard lock(mutex);
    if (stopping) return stopped();
    if (!lane_of(made->given).queue.push(made)) return away("too many requests wait already");
    if (!thread.joinable()) start();
    curl_multi_wakeup(multi.get());
    return std::nullopt;
}

void courier::state::stop() {
    const std::lock_guard lock(mutex);
    stopping = true;
    if (multi) curl_multi_wakeup(multi.get());
}

void courier::state::start() {
    strangers_pool.reset(curl_share_init());
    multi.reset(curl_multi_init());
    if (!strangers_pool || !multi) throw std::runtime_error("libcurl cannot be initialised");
    curl_share_setopt(strangers_pool.get(), CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
    curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options.in_flight_max));
    curl_multi_setopt(multi.get(), CURLMOPT_MAX_TOTAL_CONNECTIONS, static_cast<long>(options.in_flight_max));
    curl_multi_setopt(multi.get(), CURLMOPT_MAX_HOST_CONNECTIONS, static_cast<long>(options.a_host_max));
    // One request at a time on a connection of HTTP/2, too: with several on one, libcurl 7.88 breaks off some
    // ("Error in the HTTP2 framing layer") and sends others twice.
    curl_multi_setopt(multi.get(), CURLMOPT_PIPELINING, static_cast<long>(CURLPIPE_NOTHING));
    thread = std::thread([this] { run(); });
}

void courier::state::run() {
    std::vector<pending_ptr> starting;
    deadline wake_at;
    while (take(starting, wake_at)) {
        for (auto& each : starting) begin(std::move(each));
        int still_running = 0;
        curl_multi_perform(multi.get(), &still_running);
        if (reap()) continue;
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(
            std::min(wake_at, deadline_in(idle_max)) - std::chrono::steady_clock::now()
        );
        const auto patience = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
        curl_multi_poll(multi.get(), nullptr, 0, patience, nullptr);
    }
    end_all();
}

bool courier::state::take(std::vector<pending_ptr>& starting, deadline& wake_at) {
    starting.clear();
    std::vector<pending_ptr> late;
    {
        const std::lock_guard lock(mutex);
        if (stopping) return false;
        wake_at = deadline::max();
        for (auto* each : {&own, &strangers}) {
            auto ended = each->queue.take_late(std::chrono::steady_clock::now());
            std::move(ended.begin(), ended.end(), std::back_inserter(late));
            while (auto call = each->queue.next()) starting.push_back(std::move(call));
            wake_at = std::min(wake_at, each->queue.next_deadline());
        }
    }
    for (const auto& each : late) each->answer.set_value(away(no_answer_text(*each)));
    return true;
}

void courier::state::begin(pending_ptr call) {
    auto& idle = lane_of(call->given).idle;
    std::unique_ptr<transfer> used;
    if (idle.empty()) {
        used = std::make_unique<transfer>(options, call->given.strangers ? strangers_pool.get() : nullptr);
    } else {
        used = std::move(idle.back());
        idle.pop_back();
    }
    used->prepare(std::move(call));
    auto& kept = *used;
    running.emplace(&kept, std::move(used));
    if (curl_multi_add_handle(multi.get(), kept.handle()) != CURLM_OK) {
        end(kept, away("the request could not be begun"));
    }
}

bool courier::state::reap() {
    bool any = false;
    int left = 0;
    while (const auto* message = curl_multi_info_read(multi.get(), &left)) {
        if (message->msg != CURLMSG_DONE) continue;
        const auto ended = message->data.result;
        char* from = nullptr;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &from);
        auto& done = *static_cast<transfer*>(static_cast<void*>(from));
        end(done, done.finish(ended));
        any = true;
    }
    return any;
}

void courier::state::end(transfer& ended, reply given) {
    curl_multi_remove_handle(multi.get(), ended.handle());
    auto& from = lane_of(ended.current().given);
    {
        const std::lock_guard lock(mutex);
        from.queue.done(ended.current().host);
    }
    ended.answer(std::move(given));
    const auto found = running.find(&ended);
    from.idle.push_back(std::move(found->second));
    running.erase(found);
}

void courier::state::end_all() {
    while (!running.empty()) {
        auto none = stopped();
        none.may_have_arrived = running.begin()->first->is_out();
        end(*running.begin()->first, std::move(none));
    }
    std::vector<pending_ptr> waiting;
    {
        const std::lock_guard lock(mutex);
        for (auto* each : {&own, &strangers}) {
            auto taken = each->queue.take_all();
            std::move(taken.begin(), taken.end(), std::back_inserter(waiting));
        }
    }
    for (const auto& each : waiting) each->answer.set_value(stopped());
}

courier::courier(courier_options options) : state_(std::make_unique<state>(std::move(options))) {}

courier::~courier() = default;

awaitable<reply> courier::send(call given) {
    auto made = std::make_unique<pending_call>();
    made->until = deadline_in(given.timeout);
    made->given = std::move(given);
    auto problem = problem_of(made->given);
    if (problem.empty()) problem = find_host(*made);
    if (!problem.empty()) co_return reply{kind::forbidden, std::move(problem)};
    const auto answer = made->answer;
    if (auto refused = state_->admit(std::move(made))) co_return std::move(*refused);
    co_return co_await answer.get();
}

void courier::stop() {
    state_->stop();
}

}  // namespace esm::fetch
