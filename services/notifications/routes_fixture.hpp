// For tests: the service's REST routes, asked as the server asks them once a token is verified.
#pragma once

#include "platform/http/router.hpp"
#include "services/notifications/service_fixture.hpp"

namespace esm::notifications {

class routes_fixture : public service_fixture {
protected:
    static constexpr std::string_view base = "/api/v1/eventstreammonitor/notifications";

    static principal user(std::int64_t user_id, std::vector<std::string> scopes = {}) {
        principal made;
        made.user_id = user_id;
        made.scopes = std::move(scopes);
        return made;
    }

    // `path` begins below the base and may have a query.
    static http::request request(
        std::string method, const std::string& path, principal caller, std::string body = {}
    ) {
        http::request call;
        call.method = std::move(method);
        call.target = std::string(base) + path;
        call.path = call.target.substr(0, call.target.find('?'));
        const auto query = call.target.find('?');
        if (query != std::string::npos) {
            const auto pair = call.target.substr(query + 1);
            call.query.emplace_back(pair.substr(0, pair.find('=')), pair.substr(pair.find('=') + 1));
        }
        if (!body.empty()) call.headers.emplace_back("content-type", "application/json");
        call.body = std::move(body);
        call.ctx.until = deadline_in(std::chrono::seconds(10));
        call.ctx.trace.correlation_id = "correlation-1";
        call.ctx.caller = std::move(caller);
        return call;
    }

    http::response send(http::request call) {
        if (!router_) {
            router_.emplace();
            router_->add(service_->routes());
        }
        const auto match = router_->find(call.method, call.path);
        if (match.found == nullptr) throw std::logic_error("there is no such route: " + call.path);
        call.route = match.found->pattern;
        call.path_params = match.params;
        auto reply = runtime_.block_on(match.found->run(call));
        return reply ? std::move(*reply) : http::problem_reply(reply.error(), call);
    }

    http::response send(
        std::string method, const std::string& path, std::string body = {}, std::int64_t user_id = 1000
    ) {
        return send(request(std::move(method), path, user(user_id), std::move(body)));
    }

    static http::request with(http::request call, std::string header, std::string value) {
        call.headers.emplace_back(std::move(header), std::move(value));
        return call;
    }

    static boost::json::object json(const http::response& reply) {
        return boost::json::parse(reply.body).as_object();
    }

    static std::string header(const http::response& reply, std::string_view name) {
        for (const auto& [key, value] : reply.headers) {
            if (key == name) return value;
        }
        return {};
    }

    // "pointer code" of each field that a refusal names.
    static std::vector<std::string> fields(const http::response& reply) {
        std::vector<std::string> found;
        const auto problem = json(reply);
        if (const auto* named = problem.if_contains("errors")) {
            for (const auto& each : named->as_array()) {
                found.push_back(fmt::format(
                    "{} {}",
                    std::string_view(each.at("pointer").as_string()),
                    std::string_view(each.at("code").as_string())
                ));
            }
        }
        return found;
    }

    std::optional<http::router> router_;
};

}  // namespace esm::notifications
