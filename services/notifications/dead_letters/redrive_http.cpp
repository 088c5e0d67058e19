// POST /notifications/dead-letters/redrive. See dead_letters_http.hpp.
#include "platform/http/cursor.hpp"
#include "platform/observe/log.hpp"
#include "services/notifications/dead_letters/dead_letters_http.hpp"
#include "services/notifications/dead_letters/filter_json.hpp"

namespace esm::notifications::dead_letters {

awaitable<result<http::response>> post_redrive(notifications_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    const auto asked = read_redrive(*body);
    if (!asked) co_return asked.error();
    redrive redriving({
        deps.database,
        deps.key,
        deps.accepting,
        [&deps](const std::string& channel) { deps.carriers.wake(channel); },
    });
    const auto done = co_await redriving.run(*asked, call.ctx.until);
    boost::json::array refused;
    for (const auto& each : done.refused) {
        refused.push_back(boost::json::object{{"id", each.id}, {"reason", each.reason}});
    }
    if (!asked->dry_run) {
        observe::log(
            observe::level::info,
            "dead letters were redriven",
            call.ctx.trace,
            {{"service", std::string("notifications")},
             {"kind", std::string(name_of(asked->kind))},
             {"redriven", done.redriven},
             {"refused", static_cast<std::int64_t>(done.refused.size())},
             {"by", call.ctx.caller->user_id}}
        );
    }
    co_return http::json_reply(
        200,
        {{"dryRun", asked->dry_run},
         {"matched", done.matched},
         {"redriven", done.redriven},
         {"refused", std::move(refused)},
         {"more", done.more}}
    );
}

}  // namespace esm::notifications::dead_letters
