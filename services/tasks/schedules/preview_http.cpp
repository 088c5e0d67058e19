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

result<question> read_question(const http::request& call) {
    const auto known = http::check_query(call, {"cron", "timeZone", "count", "after"});
    if (!known) return known.error();
    question asked;
    const auto cron = call.query_param("cron");
    if (!cron) return http::bad_parameter("cron", "required", "This query parameter is required");
    asked.says.cron = *cron;
    if (const auto zone = call.query_param("timeZone")) asked.says.time_zone = *zone;
    if (const auto count = call.query_param("count")) {
        const auto* end = count->data() + count->size();
        const auto [stopped, failure] = std::from_chars(count->data(), end, asked.count);
        if (failure != std::errc{} || stopped != end || asked.count < 1 || asked.count > count_max) {
            return http::bad_parameter("count", "out_of_range", fmt::format("From 1 to {}", count_max));
        }
    }
    asked.after = now_us();
    if (const auto after = call.query_param("after")) {
        const auto instant = parse_instant(*after);
        if (!instant) {
            return http::bad_parameter("after", "not_a_date_time", "Must be an instant of RFC 3339");
        }
        asked.after = *instant;
    }
    return asked;
}

// What timing_of says of fields, said of query parameters.
error bad_parameters(error refused) {
    refused.code = errc::malformed_request;
    for (auto& each : refused.fields) each.pointer.erase(0, 1);
    return refused;
}

}  // namespace

awaitable<result<http::response>> get_preview(http::request& call) {
    const auto asked = read_question(call);
    if (!asked) co_return asked.error();
    const auto when = timing_of(asked->says);
    if (!when) co_return bad_parameters(when.error());
    bj::array runs;
    auto next = when->next(asked->after);
    for (int i = 0; i < asked->count && next; ++i) {
        const auto local =
            absl::FormatTime("%Y-%m-%d%ET%H:%M:%S%Ez", absl::FromUnixMicros(*next), when->zone);
        runs.push_back(bj::object{{"runAt", format_instant(*next)}, {"localTime", local}});
        next = when->next(*next);
    }
    co_return http::json_reply(
        200,
        bj::object{{"cron", asked->says.cron}, {"timeZone", asked->says.time_zone}, {"runs", std::move(runs)}}
    );
}

}  // namespace esm::tasks::schedules
