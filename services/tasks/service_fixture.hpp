// The whole task service as app/ runs it, on a scratch database and the embedded event log, for tests that
// drive it from outside.
#pragma once

#include <filesystem>
#include <set>

#include "platform/base/random.hpp"
#include "platform/testing/open_gate.hpp"
#include "services/tasks/contract_fixture.hpp"
#include "services/tasks/events.hpp"

namespace esm::tasks {

inline constexpr std::string_view base = "/api/v1/eventstreammonitor";

class task_service_fixture : public ::testing::TestWithParam<db::dialect> {
protected:
    task_service_fixture() {
        for (auto& each : service_.routes()) routes_.push_back(std::move(each));
        service_.start();
    }

    ~task_service_fixture() override {
        runtime_.block_on(service_.stop());
        reader_.reset();
        runtime_.stop();
        std::filesystem::remove_all(folder_);
    }

    static principal user(std::int64_t id, std::vector<std::string> scopes = {"tasks:read", "tasks:write"}) {
        principal made;
        made.user_id = id;
        made.scopes = std::move(scopes);
        return made;
    }

    static http::request request(
        std::string method, std::string path, principal caller, std::string body = {}
    ) {
        http::request made;
        made.method = std::move(method);
        made.target = std::string(base) + path;
        const auto query = path.find('?');
        made.path = std::string(base) + path.substr(0, query);
        for (auto rest = query == std::string::npos ? std::string() : path.substr(query + 1);
             !rest.empty();) {
            const auto end = std::min(rest.find('&'), rest.size());
            const auto equals = rest.find('=');
            made.query.emplace_back(rest.substr(0, equals), rest.substr(equals + 1, end - equals - 1));
            rest.erase(0, end + 1);
        }
        if (!body.empty()) made.headers.emplace_back("content-type", "application/json");
        made.body = std::move(body);
        made.ctx.trace = {"req-1", "corr-1", {}, {}};
        made.ctx.until = soon();
        made.ctx.caller = std::move(caller);
        return made;
    }

    // As the server would: by the router, errors as problem documents.
    awaitable<http::response> serve(http::request call) {
        http::router router;
        router.add(routes_);
        const auto match = router.find(call.method, call.path);
        if (!match.found) co_return http::problem_reply(fail(errc::not_found), call);
        call.path_params = match.params;
        call.route = match.found->pattern;
        auto reply = co_await match.found->run(call);
        co_return reply ? std::move(*reply) : http::problem_reply(reply.error(), call);
    }
    http::response send(http::request call) { return runtime_.block_on(serve(std::move(call))); }

    http::response post(std::string body, principal caller = user(1001)) {
        return send(request("POST", "/tasks", std::move(caller), std::move(body)));
    }
    http::response get(std::string path, principal caller = user(1001)) {
        return send(request("GET", std::move(path), std::move(caller)));
    }

    static boost::json::object task_in(const http::response& reply) {
        return boost::json::parse(reply.body).at("task").as_object();
    }
    static std::string id_in(const http::response& reply) {
        return std::to_string(task_in(reply).at("taskId").as_int64());
    }
    static std::string header(const http::response& reply, std::string_view name) {
        for (const auto& [key, value] : reply.headers) {
            if (key == name) return value;
        }
        return {};
    }
    // "pointer code" of each named field.
    static std::vector<std::string> fields(const http::response& reply) {
        std::vector<std::string> found;
        const auto problem = boost::json::parse(reply.body);
        for (const auto& each : problem.at("errors").as_array()) {
            found.push_back(
                std::string(each.at("pointer").as_string()) + " " + std::string(each.at("code").as_string())
            );
        }
        return found;
    }

    boost::json::object ended(const std::string& id) {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        for (;;) {
            auto now = task_in(get("/tasks/" + id));
            if (!now.at("completedAt").is_null() || std::chrono::steady_clock::now() > until) return now;
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
    }

    config make_settings() const {
        config made;
        made.poll_ms = 20;
        made.files_dir = (folder_ / "files").string();
        made.fetch_allowed_networks = {"127.0.0.0/8"};
        return made;
    }

    // The next events of the topic, at least `count` unless 20 s pass.
    std::vector<events::event> next_events(std::size_t count) {
        std::vector<events::event> found;
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (found.size() < count && std::chrono::steady_clock::now() < until) {
            const auto read = [this]() -> awaitable<std::vector<events::delivered>> {
                co_return co_await reader_->poll(100, std::chrono::milliseconds(200));
            };
            for (const auto& each : runtime_.block_on(read())) found.push_back(each.value);
        }
        return found;
    }

    esm::testing::started_runtime runtime_;
    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("esm-tasks-" + random_hex(8));
    esm::testing::scratch_database scratch_{runtime_, GetParam(), service::migrations()};
    std::unique_ptr<events::event_log> log_ =
        events::open_embedded(runtime_, (folder_ / "events.db").string());
    observe::metrics metrics_{"tasks"};
    config settings_{make_settings()};
    grpc_server::gate callers_{esm::testing::open_gate(runtime_)};
    security::revocations revoked_;
    service service_{{runtime_, scratch_.get(), *log_, metrics_, settings_, callers_, revoked_, {}}};
    std::vector<http::route> routes_;
    std::unique_ptr<events::subscription> reader_ = log_->subscribe("test", {std::string(task_topic)});
};

}  // namespace esm::tasks
