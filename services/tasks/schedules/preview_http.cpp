// See preview_http.hpp.
#include "services/tasks/schedules/preview_http.hpp"

#include <fmt/format.h>

#include <charconv>

#include "platform/http/cursor.hpp"
#include "services/tasks/schedules/schedule.hpp"

namespace esm::tasks::schedules {

namespace {

namespace bj = boost::json;

constexpr int count_max = 100;
constexpr int count_default = 5;

struct question {
    definition says;
    int count{count_default};
    instant_us after{0};
};

// What the parameters say; what is wrong with those that are not about the times themselves goes to `wrong`.
question read_question(const http::request& call, std::vector<field_error>& wrong) {
    question asked;
    if (const auto zone = call.query_param("timeZone")) asked.says.time_zone = *zone;
    if (const auto cron = call.query_param("cron")) {
        asked.says.cron = *cron;
    } else {
        asked.says.cron = "@daily";  // so that nothing else is said of it
        wrong.push_back({"cron", "required", "This query parameter is required"});
    }
    if (const auto count = call.query_param("count")) {
        const auto* end = count->data() + count->size();
        const auto [stopped, failure] = std::from_chars(count->data(), end, asked.count);
        if (failure != std::errc{} || stopped != end || asked.count < 1 || asked.count > count_max) {
            wrong.push_back({"count", "out_of_range", fmt::format("From 1 to {}", count_max)});
        }
    }
    const auto after = call.query_param("after");
    const auto instant = after ? parse_instant(*after) : now_us();
    if (!instant) wrong.push_back({"after", "not_a_date_time", "Must be an instant of RFC 3339"});
    asked.after = instant.value_or(0);
    return asked;
}

bj::array next_runs(const timing& when, const question& asked) {
    bj::array runs;
    auto next = when.next(asked.after);
    for (int i = 0; i < asked.count && next; ++i) {
        const auto local = absl::FormatTime("%Y-%m-%d%ET%H:%M:%S%Ez", absl::FromUnixMicros(*next), when.zone);
        runs.push_back(bj::object{{"runAt", format_instant(*next)}, {"localTime", local}});
        next = when.next(*next);
    }
    return runs;
}

}  // namespace

awaitable<result<http::response>> get_preview(http::request& call) {
    const auto known = http::check_query(call, {"cron", "timeZone", "count", "after"});
    if (!known) co_return known.error();
    std::vector<field_error> wrong;
    const auto asked = read_question(call, wrong);
    const auto when = timing_of(asked.says);
    if (!when) {
        for (auto each : when.error().fields) {
            each.pointer.erase(0, 1);  // a query parameter, not a field of a body
            wrong.push_back(std::move(each));
        }
    }
    if (!wrong.empty()) {
        auto refused = fail(errc::malformed_request, wrong.front().message);
        refused.fields = std::move(wrong);
        co_return refused;
    }
    co_return http::json_reply(
        200,
        bj::object{
            {"cron", asked.says.cron}, {"timeZone", asked.says.time_zone}, {"runs", next_runs(*when, asked)}
        }
    );
}

}  // namespace esm::tasks::schedules
