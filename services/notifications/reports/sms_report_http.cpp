// See sms_report_http.hpp.
#include "services/notifications/reports/sms_report_http.hpp"

#include "platform/http/cursor.hpp"
#include "services/notifications/reports/sms_report_url.hpp"
#include "services/notifications/reports/take_sms_report.hpp"

namespace esm::notifications {

namespace {

bool is_configured(const config& settings) {
    return !settings.public_url.empty() && (!settings.sms_url.empty() || !settings.sms_fallback_url.empty());
}

// Either provider's: a report does not say which of them it comes from.
bool is_signed(const config& settings, const form_fields& fields, std::string_view signature) {
    const auto url = sms_report_url(settings.public_url);
    return is_signed_by_twilio(settings.sms_token, url, fields, signature) ||
           is_signed_by_twilio(settings.sms_fallback_token, url, fields, signature);
}

}  // namespace

awaitable<result<http::response>> post_sms_report(notifications_http& deps, http::request& call) {
    const auto signature = call.header("x-twilio-signature");
    if (signature.empty()) co_return fail(errc::unauthenticated, "X-Twilio-Signature is missing");
    if (!is_configured(deps.settings)) {
        co_return fail(errc::not_found, "there is no provider of text messages that reports here");
    }
    if (const auto query = http::check_query(call, {}); !query) co_return query.error();
    const auto fields = read_twilio_form(call.body);
    if (!fields) co_return fields.error();
    if (!is_signed(deps.settings, *fields, signature)) {
        co_return fail(errc::invalid_token, "X-Twilio-Signature is not the provider's");
    }
    // One that we cannot read is not worth a retry either.
    if (const auto told = read_sms_report(*fields)) {
        co_await take_sms_report(deps.database, deps.outbox, *told, call.ctx.until);
    }
    http::response done;
    done.status = 204;
    co_return done;
}

}  // namespace esm::notifications
