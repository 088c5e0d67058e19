// See oauth_http.hpp.
#include "services/auth/oauth_http.hpp"

#include "platform/base/words.hpp"
#include "platform/http/form.hpp"
#include "platform/observe/log.hpp"

namespace esm::auth {

namespace {

constexpr std::size_t token_max_bytes = 8 * 1024;

http::response oauth_error(unsigned status, std::string_view error, std::string_view description) {
    auto reply = http::json_reply(status, {{"error", error}, {"error_description", description}});
    if (status == 401) reply.headers.emplace_back("WWW-Authenticate", "Basic realm=\"eventstreammonitor\"");
    return reply;
}

// Who asks: a confidential client that proved itself, or the public one that has nothing to prove.
struct caller {
    http::form body;
    std::optional<oauth_client> client;  // nothing: the public client
    std::string_view client_id() const {
        return client ? std::string_view(client->client_id) : own_client_id;
    }
};

using refused = http::response;

// The caller, or the answer that refuses it. HTTP Basic, or client_id and client_secret in the form, not both
// (RFC 6749 section 2.3).
awaitable<std::variant<caller, refused>> read_caller(oauth_http& deps, const http::request& call) {
    auto body = http::form::read(call);
    if (!body) co_return oauth_error(400, "invalid_request", body.error().detail);
    const bool has_header = !call.header("authorization").empty();
    auto given = http::read_basic(call);
    const auto form_id = body->value("client_id");
    const auto form_secret = body->value("client_secret");
    if (has_header && (!given || form_secret || (form_id && *form_id != given->name))) {
        if (!given) co_return oauth_error(401, "invalid_client", "the Authorization header is not Basic");
        co_return oauth_error(400, "invalid_request", "give the client's credentials once");
    }
    if (!has_header) {
        if (!form_id) co_return oauth_error(401, "invalid_client", "which client asks is not said");
        if (*form_id == own_client_id && !form_secret) co_return caller{std::move(*body), std::nullopt};
        given = http::basic_credentials{*form_id, form_secret.value_or("")};
    }
    auto client = co_await deps.clients.authenticate(given->name, given->secret, call.ctx.until);
    if (!client) {
        observe::log(observe::level::warn, "client refused", call.ctx.trace, {{"peer", call.peer}});
        co_return oauth_error(401, "invalid_client", "the client or its secret is wrong");
    }
    co_return caller{std::move(*body), std::move(client)};
}

http::response issued_reply(const issued_tokens& issued, const std::vector<std::string>& scopes) {
    boost::json::object body{
        {"access_token", issued.access_token}, {"token_type", "Bearer"}, {"expires_in", issued.expires_in_s}
    };
    if (!issued.refresh_token.empty()) body["refresh_token"] = issued.refresh_token;
    if (!scopes.empty()) body["scope"] = join_words(scopes);
    return http::json_reply(200, body);
}

awaitable<result<http::response>> grant_to_client(
    oauth_http& deps, const http::request& call, const caller& who
) {
    if (!who.client) co_return oauth_error(400, "unauthorized_client", "this grant needs a client's secret");
    auto scopes = who.client->scopes;
    if (const auto asked = who.body.value("scope")) {
        scopes = split_words(*asked);
        if (scopes.empty()) co_return oauth_error(400, "invalid_scope", "name a scope, or leave scope out");
        for (const auto& each : scopes) {
            const auto& own = who.client->scopes;
            if (std::find(own.begin(), own.end(), each) == own.end()) {
                co_return oauth_error(400, "invalid_scope", "the client has not all of these scopes");
            }
        }
    }
    const auto issued = co_await deps.granting.run(call.ctx, *who.client, scopes);
    if (!issued) co_return issued.error();
    co_return issued_reply(*issued, scopes);
}

awaitable<result<http::response>> grant_refresh(
    oauth_http& deps, const http::request& call, const caller& who
) {
    const auto token = who.body.value("refresh_token");
    if (!token) co_return oauth_error(400, "invalid_request", "refresh_token is missing");
    if (who.body.value("scope")) {
        co_return oauth_error(400, "invalid_scope", "a refresh cannot change the scope");
    }
    const auto issued = co_await deps.refreshing.run(call.ctx, *token, who.client_id());
    if (issued) co_return issued_reply(*issued, {});
    if (issued.error().code != errc::invalid_token) co_return issued.error();
    co_return oauth_error(400, "invalid_grant", "the refresh token is not valid");
}

}  // namespace

awaitable<result<http::response>> post_oauth_token(oauth_http& deps, http::request& call) {
    auto read = co_await read_caller(deps, call);
    if (auto* answer = std::get_if<refused>(&read)) co_return std::move(*answer);
    const auto& who = std::get<caller>(read);
    const auto grant = who.body.value("grant_type");
    if (!grant) co_return oauth_error(400, "invalid_request", "grant_type is missing");
    if (*grant == "client_credentials") co_return co_await grant_to_client(deps, call, who);
    if (*grant == "refresh_token") co_return co_await grant_refresh(deps, call, who);
    co_return oauth_error(
        400, "unsupported_grant_type", "grant_type can be client_credentials or refresh_token"
    );
}

awaitable<result<http::response>> post_oauth_revoke(oauth_http& deps, http::request& call) {
    auto read = co_await read_caller(deps, call);
    if (auto* answer = std::get_if<refused>(&read)) co_return std::move(*answer);
    const auto& who = std::get<caller>(read);
    const auto token = who.body.value("token");
    if (!token) co_return oauth_error(400, "invalid_request", "token is missing");
    const auto done = co_await deps.inspecting.revoke(call.ctx, *token, who.client_id());
    if (done) co_return http::json_reply(200, boost::json::object());
    if (done.error().code != errc::forbidden) co_return done.error();
    co_return oauth_error(400, "unauthorized_client", done.error().detail);
}

awaitable<result<http::response>> post_oauth_introspect(oauth_http& deps, http::request& call) {
    auto read = co_await read_caller(deps, call);
    if (auto* answer = std::get_if<refused>(&read)) co_return std::move(*answer);
    const auto& who = std::get<caller>(read);
    const auto may = [&](std::string_view scope) {
        return std::find(who.client->scopes.begin(), who.client->scopes.end(), scope) !=
               who.client->scopes.end();
    };
    if (!who.client || !(may("introspect") || may("internal:auth"))) {
        co_return oauth_error(403, "unauthorized_client", "the client has not the scope introspect");
    }
    const auto token = who.body.value("token");
    if (!token) co_return oauth_error(400, "invalid_request", "token is missing");
    const auto found = token->size() > token_max_bytes
                           ? result<std::optional<principal>>(std::nullopt)
                           : co_await deps.inspecting.introspect(call.ctx, *token);
    if (!found) co_return found.error();
    if (!*found) co_return http::json_reply(200, {{"active", false}});
    const auto& holder = **found;
    boost::json::object body{
        {"active", true},
        {"scope", join_words(holder.scopes)},
        {"client_id", holder.client_id},
        {"token_type", "Bearer"},
        {"exp", holder.expires_at_us / 1'000'000},
        {"sub", holder.user_id == 0 ? holder.client_id : std::to_string(holder.user_id)},
        {"sid", holder.session_id},
        {"iss", deps.settings.issuer},
        {"aud", deps.settings.audience},
    };
    if (!holder.username.empty()) body["username"] = holder.username;
    co_return http::json_reply(200, body);
}

// RFC 8414 section 3 and OpenID Connect Discovery 1.0 section 3: the same facts.
awaitable<result<http::response>> get_discovery(oauth_http& deps, http::request&) {
    const auto& issuer = deps.settings.issuer;
    const boost::json::array authentication{"client_secret_basic", "client_secret_post", "none"};
    const boost::json::array confidential{"client_secret_basic", "client_secret_post"};
    auto reply = http::json_reply(
        200,
        {{"issuer", issuer},
         {"token_endpoint", issuer + "/oauth2/token"},
         {"revocation_endpoint", issuer + "/oauth2/revoke"},
         {"introspection_endpoint", issuer + "/oauth2/introspect"},
         {"jwks_uri", issuer + "/.well-known/jwks.json"},
         {"grant_types_supported", boost::json::array{"client_credentials", "refresh_token"}},
         {"response_types_supported", boost::json::array()},
         {"subject_types_supported", boost::json::array{"public"}},
         {"id_token_signing_alg_values_supported", boost::json::array{"ES256"}},
         {"scopes_supported", boost::json::value_from(client_scopes())},
         {"token_endpoint_auth_methods_supported", authentication},
         {"revocation_endpoint_auth_methods_supported", authentication},
         {"introspection_endpoint_auth_methods_supported", confidential}}
    );
    reply.headers.emplace_back("Cache-Control", "max-age=300");
    co_return reply;
}

}  // namespace esm::auth
