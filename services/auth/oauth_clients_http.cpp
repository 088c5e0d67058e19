// See oauth_clients_http.hpp.
#include "services/auth/oauth_clients_http.hpp"

#include "services/auth/asked_scopes.hpp"
#include "services/auth/paging.hpp"

namespace esm::auth {

namespace {

boost::json::object client_json(const oauth_client& shown) {
    return {
        {"clientId", shown.client_id},
        {"name", shown.name},
        {"scopes", boost::json::value_from(shown.scopes)},
        {"createdAt", format_instant(shown.created_at)},
    };
}

http::response created(const made_client& made) {
    auto json = client_json(made.client);
    json["clientSecret"] = made.secret;
    auto reply = http::json_reply(201, {{"client", std::move(json)}});
    reply.headers.emplace_back(
        "Location", "/api/v1/eventstreammonitor/auth/clients/" + made.client.client_id
    );
    return reply;
}

// Nobody gives what they have not. Scopes of services and workers are nobody's: whoever administers gives
// them, in a session of their own, not by a key that was made for less.
result<void> may_give(const principal& caller, const std::vector<std::string>& scopes) {
    for (const auto& each : scopes) {
        const bool of_programs =
            each.starts_with("internal:") || each == "introspect" || each == "tasks:work";
        if (of_programs ? caller.kind == credential::session : caller.has_scope(each)) continue;
        return fail(errc::forbidden, fmt::format("the token in use may not give the scope {}", each));
    }
    return {};
}

}  // namespace

awaitable<result<http::response>> post_client(oauth_clients_http& deps, http::request& call) {
    const auto body = http::json_body(call);
    if (!body) co_return body.error();
    json::decoder from(*body);
    const auto name = from.text("name", {1, 100});
    const auto scopes = read_scopes(from, client_scopes().size());
    const auto& known = client_scopes();
    for (const auto& each : scopes) {
        if (std::find(known.begin(), known.end(), each) == known.end()) {
            from.reject("scopes", "enum", fmt::format("there is no scope {} for clients", each));
        }
    }
    if (auto problem = from.finish()) co_return *problem;
    if (const auto may = may_give(*call.ctx.caller, scopes); !may) co_return may.error();
    const auto create = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        co_return created(deps.clients.create(call.ctx, tx, name, scopes));
    };
    co_return co_await deps.answers.run(call, create);
}

awaitable<result<http::response>> get_clients(oauth_clients_http& deps, http::request& call) {
    if (const auto query = http::check_query(call, {"limit", "cursor"}); !query) co_return query.error();
    const auto where = read_timed_page(call, "clients");
    if (!where) co_return where.error();
    auto found =
        co_await deps.clients.list({where->after.at, where->after.id}, where->limit + 1, call.ctx.until);
    const auto next = next_place(found, where->limit, [](const oauth_client& last) {
        return timed_place{last.created_at, last.client_id};
    });
    boost::json::array clients;
    for (const auto& each : found) clients.push_back(client_json(each));
    co_return page_reply(call, "clients", "clients", std::move(clients), next);
}

awaitable<result<http::response>> delete_client(oauth_clients_http& deps, http::request& call) {
    const auto done = co_await deps.clients.revoke(call.ctx, std::string(call.path_param("id")));
    if (!done) co_return done.error();
    co_return http::response{204, {}, {}, {}};
}

}  // namespace esm::auth
