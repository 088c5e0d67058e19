// See task_types_http.hpp.
#include "services/tasks/task_types_http.hpp"

#include "platform/base/json_text.hpp"
#include "platform/http/cursor.hpp"

namespace esm::tasks {

awaitable<result<http::response>> get_task_types(task_types_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    std::string body{"{\"taskTypes\":["};
    for (const auto& each : deps.handlers.all()) {
        if (body.back() == '}') body += ',';
        body += "{\"taskType\":";
        json::append_string(body, each->type());
        body += ",\"parametersSchema\":";
        body += each->parameters_schema();
        body += '}';
    }
    body += "]}";
    co_return http::json_text_reply(200, std::move(body));
}

}  // namespace esm::tasks
