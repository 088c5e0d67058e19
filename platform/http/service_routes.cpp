// See service_routes.hpp.
#include "platform/http/service_routes.hpp"

#include "platform/base/json_text.hpp"
#include "platform/http/content_policy.hpp"
#include "platform/http/docs_page.hpp"

namespace esm::http {

namespace {

constexpr std::chrono::milliseconds probe_patience{1'000};
constexpr std::string_view contract_mark = "@contract@";

// `text` between the first `begin` and the next `end`.
std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
    const auto from = text.find(begin) + begin.size();
    return text.substr(from, text.find(end, from) - from);
}

// Nothing but the page's own script and style runs, and it talks to its own server only.
std::string page_policy() {
    const auto page = embedded::docs_page;
    return fmt::format(
        "default-src 'none'; script-src {}; style-src {}; connect-src 'self'; img-src 'self'; base-uri "
        "'none'; "
        "form-action 'none'; frame-ancestors 'none'",
        hash_source(between(page, "<script>", "</script>")),
        hash_source(between(page, "<style>", "</style>"))
    );
}

std::string page_with(std::string_view contract) {
    std::string safe;  // "</" would end the data block
    for (std::size_t i = 0; i < contract.size(); ++i) {
        if (contract[i] == '/' && i > 0 && contract[i - 1] == '<') safe += '\\';
        safe += contract[i];
    }
    std::string page(embedded::docs_page);
    page.replace(page.find(contract_mark), contract_mark.size(), safe);
    return page;
}

// An answer that never changes while the process runs.
handler constant(response reply) {
    return [reply = std::move(reply)](request&) -> awaitable<result<response>> {
        return [](response copy) -> awaitable<result<response>> { co_return copy; }(reply);
    };
}

awaitable<result<response>> readyz(const service_info& info, request& call) {
    const auto until = std::min(call.ctx.until, deadline_in(probe_patience));
    bool required_up = true;
    bool all_up = true;
    std::string states;
    for (const auto& each : info.dependencies) {
        const bool up = co_await each.is_ready(until);
        all_up = all_up && up;
        required_up = required_up && (up || !each.required);
        if (!states.empty()) states += ',';
        json::append_string(states, each.name);
        states += up ? R"(:"up")" : R"(:"down")";
    }
    const auto* status = all_up ? "ready" : required_up ? "degraded" : "unavailable";
    auto reply = json_text_reply(
        required_up ? 200 : 503, fmt::format(R"({{"status":"{}","dependencies":{{{}}}}})", status, states)
    );
    if (!required_up) reply.headers.emplace_back("Retry-After", "1");
    co_return reply;
}

awaitable<result<response>> scrape(observe::metrics& metrics, request&) {
    co_return text_reply(200, metrics.scrape(), "text/plain; version=0.0.4; charset=utf-8");
}

}  // namespace

std::vector<route> service_routes(const service_info& info, observe::metrics& metrics) {
    auto page = text_reply(200, page_with(info.openapi_json), "text/html; charset=utf-8");
    page.headers.emplace_back("Content-Security-Policy", page_policy());
    page.headers.emplace_back("Referrer-Policy", "no-referrer");
    page.headers.emplace_back("Cache-Control", "no-cache");
    auto contract = text_reply(200, std::string(info.openapi_yaml), "application/yaml");
    contract.headers.emplace_back("Cache-Control", "no-cache");
    const auto health =
        json_text_reply(200, fmt::format(R"({{"status":"healthy","service":"{}"}})", info.service));
    std::vector<route> rows{
        {"GET", "/health", open_to_all, constant(health)},
        {"GET", "/livez", open_to_all, constant(json_text_reply(200, R"({"status":"alive"})"))},
        {"GET", "/readyz", open_to_all, bind(readyz, info)},
        {"GET", "/metrics", open_to_all, bind(scrape, metrics)},
        {"GET", "/openapi.yaml", open_to_all, constant(std::move(contract))},
        {"GET", "/docs", open_to_all, constant(std::move(page))},
    };
    // Operators look at these just when everything else is refused.
    for (auto& each : rows) each.always_admitted = each.pattern != "/openapi.yaml" && each.pattern != "/docs";
    return rows;
}

}  // namespace esm::http
