// See front.hpp.
#include "platform/http/front.hpp"

#include <spdlog/spdlog.h>

#include "platform/base/random.hpp"
#include "platform/db/failure_report.hpp"
#include "platform/http/identity.hpp"
#include "platform/observe/log.hpp"

namespace esm::http {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::array<std::string_view, 11> rejection_names{
    "malformed",
    "headers_too_large",
    "uri_too_long",
    "payload_too_large",
    "header_timeout",
    "body_timeout",
    "write_timeout",
    "overloaded",
    "connections",
    "connections_of_peer",
    "streams",
};

double seconds_since(deadline begun) {
    return std::chrono::duration<double>(clock::now() - begun).count();
}

// Gives the slot back also when the handler throws.
class slot_guard {
public:
    explicit slot_guard(admission& slots) : slots_(slots) {}
    ~slot_guard() { slots_.leave(); }
    slot_guard(const slot_guard&) = delete;
    slot_guard& operator=(const slot_guard&) = delete;

private:
    admission& slots_;
};

// What a caller is told of a failure that is no answer of the handler's.
std::string detail_of(errc code) {
    switch (code) {
        case errc::unavailable:
            return "a database is away; try again shortly";
        case errc::malformed_request:
            return "a text holds U+0000";
        case errc::internal:
            return "the request id finds the cause in the logs";
        default:
            return {};
    }
}

}  // namespace

// The histograms of one route, made when their status class is first seen.
struct front::route_metrics {
    std::string method, pattern;
    std::mutex mutex;
    std::array<std::atomic<observe::metrics::histogram*>, 6> by_class{};

    observe::metrics::histogram& of(unsigned status, observe::metrics& registry) {
        const auto index = std::min<std::size_t>(status / 100, 5);
        if (auto* known = by_class[index].load(std::memory_order_acquire)) return *known;
        const std::lock_guard lock(mutex);
        if (auto* known = by_class[index].load(std::memory_order_acquire)) return *known;
        auto& made = registry.make_duration(
            "http_request_duration_seconds",
            "Time from a request's head to its answer.",
            {{"method", method}, {"route", pattern}, {"status", fmt::format("{}xx", index)}}
        );
        by_class[index].store(&made, std::memory_order_release);
        return made;
    }
};

front::front(
    const server_options& options,
    router routes,
    authenticate_function authenticate,
    observe::metrics& metrics
)
    : service_(options.service),
      request_timeout_(options.request_timeout),
      routes_(std::move(routes)),
      authenticate_(std::move(authenticate)),
      metrics_(metrics) {
    for (const auto& row : routes_.routes()) {
        auto& made = by_route_[&row] = std::make_unique<route_metrics>();
        made->method = row.method;
        made->pattern = row.pattern;
    }
    without_route_ = std::make_unique<route_metrics>();
    without_route_->method = without_route_->pattern = "none";
    for (const auto name : rejection_names) {
        rejections_.push_back(&metrics.make_counter(
            "http_requests_rejected_total",
            "Requests and connections refused before their handler.",
            {{"reason", std::string(name)}}
        ));
    }
}

front::~front() = default;

void front::count_rejection(rejection reason) const {
    rejections_[static_cast<std::size_t>(reason)]->add();
}

router::match front::enter(request& call) const {
    call.ctx.trace.request_id = request_id_of(call.header("x-request-id"));
    call.ctx.trace.correlation_id = call.ctx.trace.request_id;
    if (const auto given = call.header("traceparent"); is_traceparent(given))
        call.ctx.trace.traceparent = given;
    call.ctx.until = clock::now() + request_timeout_;
    auto matched = routes_.find(call.method, call.path);
    if (matched.found) {
        call.route = matched.found->pattern;
        call.path_params = std::move(matched.params);
    }
    return matched;
}

response front::refuse(const error& cause, request& call) const {
    // Without enter() before: the headers may have come through all the same.
    auto& id = call.ctx.trace.request_id;
    if (id.empty()) id = request_id_of(call.header("x-request-id"));
    switch (cause.code) {
        case errc::headers_too_large:
            count_rejection(rejection::headers_too_large);
            break;
        case errc::uri_too_long:
            count_rejection(rejection::uri_too_long);
            break;
        case errc::payload_too_large:
            count_rejection(rejection::payload_too_large);
            break;
        default:
            count_rejection(rejection::malformed);
    }
    auto reply = problem_reply(cause, call);
    note(call, nullptr, reply, clock::now());
    return reply;
}

response front::unrouted(const request& call, const router::match& matched) const {
    constexpr std::string_view every_method = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";
    const std::string allow(call.path == "*" ? every_method : matched.allow);
    if (allow.empty()) return problem_reply(fail(errc::not_found, "there is no such path"), call);
    response reply;
    if (call.method == "OPTIONS") {
        reply.status = 204;
    } else {
        reply = problem_reply(fail(errc::method_not_allowed, "allowed here: " + allow), call);
    }
    reply.headers.emplace_back("Allow", allow);
    return reply;
}

awaitable<response> front::answer(request& call, const router::match& matched, admission& slots) const {
    const auto begun = call.ctx.until - request_timeout_;
    response reply;
    if (!matched.found) {
        reply = unrouted(call, matched);
    } else if (matched.found->always_admitted || matched.found->streams_body) {
        auto outcome = co_await run(call, *matched.found);
        reply = outcome ? std::move(*outcome) : problem_reply(outcome.error(), call);
    } else {
        reply = co_await admitted(call, *matched.found, slots);
    }
    note(call, matched.found, reply, begun);
    co_return reply;
}

awaitable<response> front::admitted(request& call, const route& row, admission& slots) const {
    if (!slots.try_enter() && !co_await slots.wait_to_enter(call.ctx.until)) {
        count_rejection(rejection::overloaded);
        co_return problem_reply(
            fail(errc::overloaded, "too many requests are in flight; try again shortly"), call
        );
    }
    const slot_guard slot(slots);
    auto outcome = co_await run(call, row);
    if (outcome) co_return std::move(*outcome);
    co_return problem_reply(outcome.error(), call);
}

awaitable<result<response>> front::run(request& call, const route& row) const {
    db::failure_report found;
    try {
        if (auto refused = co_await check_caller(call, row)) co_return std::move(*refused);
        co_return co_await row.run(call);
    } catch (...) {
        found = db::report(std::current_exception());
    }
    const auto severity = found.code == errc::internal ? observe::level::error : observe::level::warn;
    observe::log(
        severity,
        "request failed",
        call.ctx.trace,
        {{"service", service_},
         {"method", call.method},
         {"route", std::string(call.route)},
         {"code", std::string(info(found.code).name)},
         {"cause", found.cause}}
    );
    co_return fail(found.code, detail_of(found.code));
}

awaitable<std::optional<error>> front::check_caller(request& call, const route& row) const {
    if (row.scope == open_to_all) co_return std::nullopt;
    auto caller = co_await authenticate_(call.header("authorization"));
    if (!caller) co_return caller.error();
    call.ctx.caller = std::move(*caller);
    if (row.scope == any_caller || call.ctx.caller->has_scope(row.scope)) co_return std::nullopt;
    co_return fail(errc::forbidden, fmt::format("the token lacks the scope {}", row.scope));
}

void front::note(const request& call, const route* row, const response& reply, deadline begun) const {
    const auto took = seconds_since(begun);
    auto& timed = row ? *by_route_.at(row) : *without_route_;
    timed.of(reply.status, metrics_).observe(took);
    const bool denied = reply.status == 401 || reply.status == 403;
    const bool broken = reply.status >= 500;
    if (!denied && !broken && !spdlog::should_log(spdlog::level::debug)) return;
    const auto severity = broken   ? observe::level::warn
                          : denied ? observe::level::info
                                   : observe::level::debug;
    observe::log(
        severity,
        denied ? "request denied" : "request answered",
        call.ctx.trace,
        {{"service", service_},
         {"method", call.method},
         {"route", std::string(row ? row->pattern : std::string_view("none"))},
         {"status", std::int64_t{reply.status}},
         {"peer", call.peer},
         {"milliseconds", took * 1000},
         {"userId", call.ctx.caller ? call.ctx.caller->user_id : std::int64_t{0}}}
    );
}

}  // namespace esm::http
