// See api_client.hpp.
#include "app/api_client.hpp"

#include <fmt/format.h>

#include <chrono>
#include <iostream>

#include "app/terminal.hpp"
#include "platform/http/text.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;

constexpr std::string_view base = "/api/v1/eventstreammonitor";
constexpr std::int64_t renewed_before_end_s = 30;

std::int64_t now_s() {
    using namespace std::chrono;
    return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

client_failed not_logged_in(std::string_view why) {
    return {client_exit::not_logged_in, fmt::format("{}: log in with `esm login`", why)};
}

// What a problem document says, field by field.
std::string problem_text(const http_answer& answer) {
    boost::system::error_code failure;
    const auto content = bj::parse(answer.body, failure);
    if (failure || !content.is_object()) return fmt::format("the server answered {}", answer.status);
    const auto& problem = content.get_object();
    auto text = shown(problem, "detail");
    if (text.empty()) text = shown(problem, "title");
    if (text.empty()) text = fmt::format("the server answered {}", answer.status);
    const auto wait = answer.headers.find("retry-after");
    if (wait != answer.headers.end()) text += fmt::format("; try again in {} s", wait->second);
    if (const auto* fields = problem.if_contains("errors"); fields != nullptr && fields->is_array()) {
        for (const auto& each : fields->get_array()) {
            if (!each.is_object()) continue;
            const auto& field = each.get_object();
            text += fmt::format("\n  {}: {}", shown(field, "pointer"), shown(field, "message"));
        }
    }
    return text;
}

}  // namespace

int run_client(const std::function<void()>& body) {
    try {
        body();
        return static_cast<int>(client_exit::done);
    } catch (const client_failed& problem) {
        std::string_view rest = problem.what();
        std::cerr << "esm: ";
        // Only our own line breaks: the texts come from a server.
        for (bool first = true; !rest.empty(); first = false) {
            const auto line = rest.substr(0, rest.find('\n'));
            std::cerr << (first ? "" : "  ") << harmless(line) << '\n';
            rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        }
        return problem.status();
    }
}

http_answer send_json(
    std::string_view method,
    const std::string& root,
    std::string_view path,
    const bj::object* body,
    const std::string& token,
    const std::vector<std::string>& more_headers
) {
    http_call request{std::string(method), fmt::format("{}{}{}", root, base, path), {}, {}};
    request.headers.emplace_back("User-Agent: esm");
    if (body != nullptr) {
        request.headers.emplace_back("Content-Type: application/json");
        request.body = bj::serialize(*body);
    }
    if (!token.empty()) request.headers.push_back("Authorization: Bearer " + token);
    request.headers.insert(request.headers.end(), more_headers.begin(), more_headers.end());
    return send(request);
}

bj::value expect_success(const http_answer& answer, const std::string& root) {
    if (answer.status == 0) {
        throw client_failed(
            client_exit::refused,
            fmt::format("{}: {}; is it running there? see --url and --port-offset", root, answer.error)
        );
    }
    if (answer.status < 200 || answer.status > 299) {
        throw client_failed(client_exit::refused, problem_text(answer));
    }
    if (answer.body.empty()) return nullptr;
    boost::system::error_code failure;
    auto content = bj::parse(answer.body, failure);
    if (failure) throw client_failed(client_exit::refused, root + ": the answer is no JSON");
    return content;
}

api_client::api_client() {
    auto found = token_file::load();
    if (!found || found->refresh_token.empty()) throw not_logged_in("you are not logged in");
    kept_ = std::move(*found);
}

const std::string& api_client::root(api service) const {
    if (service == api::users) return kept_.users_url;
    if (service == api::auth) return kept_.auth_url;
    // A login of an earlier version.
    const bool of_tasks = service == api::tasks;
    const auto& known = of_tasks ? kept_.tasks_url : kept_.notifications_url;
    if (known.empty()) {
        const auto* name = of_tasks ? "task" : "notification";
        throw not_logged_in(fmt::format("your login does not say where the {} service is", name));
    }
    return known;
}

std::string api_client::url(api service, std::string_view path) const {
    return fmt::format("{}{}{}", root(service), base, path);
}

const std::string& api_client::token() {
    if (kept_.expires_at_s - renewed_before_end_s < now_s()) renew();
    return kept_.access_token;
}

bj::value api_client::call(
    api service,
    std::string_view method,
    std::string_view path,
    const bj::object* body,
    const std::vector<std::string>& more_headers
) {
    return expect_success(ask(service, method, path, body, more_headers), root(service));
}

http_answer api_client::ask(
    api service,
    std::string_view method,
    std::string_view path,
    const bj::object* body,
    const std::vector<std::string>& more_headers
) {
    token();
    auto answer = send_as_user(service, method, path, body, more_headers);
    if (answer.status == 401) {
        renew();
        answer = send_as_user(service, method, path, body, more_headers);
        if (answer.status == 401) throw not_logged_in("the server refuses your token");
    }
    return answer;
}

http_answer api_client::send_as_user(
    api service,
    std::string_view method,
    std::string_view path,
    const bj::object* body,
    const std::vector<std::string>& more_headers
) {
    return send_json(method, root(service), path, body, kept_.access_token, more_headers);
}

void api_client::renew() {
    const token_file::lock exclusive;
    const auto before = kept_.access_token;
    auto now = token_file::load();
    if (!now || now->refresh_token.empty()) throw not_logged_in("you are not logged in");
    kept_ = std::move(*now);
    if (kept_.access_token != before) return;
    const bj::object body{{"refreshToken", kept_.refresh_token}};
    const auto answer = send_json("POST", kept_.auth_url, "/auth/refresh", &body, {});
    if (answer.status == 401) throw not_logged_in("your session has ended");
    const auto content = expect_success(answer, kept_.auth_url);
    const auto& tokens = content.as_object();
    kept_.access_token = shown(tokens, "accessToken");
    kept_.refresh_token = shown(tokens, "refreshToken");
    kept_.expires_at_s = end_of_token(tokens);
    token_file::save(kept_);
}

std::int64_t end_of_token(const bj::object& answer) {
    const auto* lasts = answer.if_contains("expiresIn");
    return now_s() + (lasts != nullptr && lasts->is_int64() ? lasts->get_int64() : 0);
}

std::string shown(const bj::object& from, std::string_view name) {
    const auto* found = from.if_contains(name);
    if (found == nullptr || found->is_null()) return {};
    if (found->is_string()) return std::string(found->get_string());
    if (found->is_bool()) return found->get_bool() ? "yes" : "no";
    if (!found->is_array()) return bj::serialize(*found);
    std::string list;
    for (const auto& each : found->get_array()) {
        if (!list.empty()) list += ' ';
        list += each.is_string() ? std::string(each.get_string()) : bj::serialize(each);
    }
    return list;
}

void add_parameter(std::string& path, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    path += path.find('?') == std::string::npos ? '?' : '&';
    path += fmt::format("{}={}", name, http::percent_encode(value));
}

}  // namespace esm::app
