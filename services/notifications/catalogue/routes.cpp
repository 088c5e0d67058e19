// See routes.hpp.
#include "services/notifications/catalogue/routes.hpp"

#include "services/notifications/catalogue/templates_http.hpp"
#include "services/notifications/rules/rules_http.hpp"

namespace esm::notifications {

namespace {

// The largest parts, with room for what JSON escapes.
constexpr std::size_t template_body_max_bytes = 512 * 1024;
constexpr std::string_view scope = "notifications:admin";
constexpr std::string_view all_templates = "/api/v1/eventstreammonitor/notifications/templates";
constexpr std::string_view one_template =
    "/api/v1/eventstreammonitor/notifications/templates/{eventType}/{channel}/{locale}";
constexpr std::string_view its_versions =
    "/api/v1/eventstreammonitor/notifications/templates/{eventType}/{channel}/{locale}/versions";
constexpr std::string_view its_preview =
    "/api/v1/eventstreammonitor/notifications/templates/{eventType}/{channel}/{locale}/preview";
constexpr std::string_view all_rules = "/api/v1/eventstreammonitor/notifications/rules";
constexpr std::string_view one_rule = "/api/v1/eventstreammonitor/notifications/rules/{eventType}";

}  // namespace

std::vector<http::route> catalogue_routes(notifications_http& deps) {
    return {
        {"GET", all_templates, scope, http::bind(get_templates, deps)},
        {"GET", one_template, scope, http::bind(get_template, deps)},
        {"PUT", one_template, scope, http::bind(put_template, deps), template_body_max_bytes},
        {"DELETE", one_template, scope, http::bind(delete_template, deps)},
        {"GET", its_versions, scope, http::bind(get_template_versions, deps)},
        {"POST", its_preview, scope, http::bind(post_template_preview, deps), template_body_max_bytes},
        {"GET", all_rules, scope, http::bind(get_rules, deps)},
        {"GET", one_rule, scope, http::bind(get_rule, deps)},
        {"PUT", one_rule, scope, http::bind(put_rule, deps)},
        {"DELETE", one_rule, scope, http::bind(delete_rule, deps)},
    };
}

}  // namespace esm::notifications
