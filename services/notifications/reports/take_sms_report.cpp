// See take_sms_report.hpp.
#include "services/notifications/reports/take_sms_report.hpp"

#include <algorithm>
#include <array>

#include "services/notifications/reports/settle.hpp"

namespace esm::notifications {

namespace {

// Twilio's "Error and warning dictionary": an unknown number, a landline. Others pass, as a phone that is
// switched off (30003) does.
constexpr std::array<std::uint32_t, 2> codes_of_no_phone{30005, 30006};

bool is_no_phone(const sms_report& told) {
    return told.error_code &&
           std::find(codes_of_no_phone.begin(), codes_of_no_phone.end(), *told.error_code) !=
               codes_of_no_phone.end();
}

std::string words_of(const sms_report& told) {
    const auto* what = told.status == sms_status::failed ? "the provider could not send it"
                                                         : "the carrier could not deliver it";
    return told.error_code ? fmt::format("{}: error {}", what, *told.error_code) : std::string(what);
}

// Nothing while it is under way.
std::optional<report_store::report> read(const sms_report& told) {
    report_store::report read{"sms", told.provider_id, status::delivered, {}, false};
    if (told.status == sms_status::delivered) return read;
    if (told.status != sms_status::undelivered && told.status != sms_status::failed) return std::nullopt;
    read.became = status::bounced;
    read.why = words_of(told);
    read.recipient_gone = is_no_phone(told);
    return read;
}

}  // namespace

awaitable<void> take_sms_report(
    db::database& database, outbox::outbox& outbox, const sms_report& told, deadline until
) {
    const auto ended = read(told);
    if (!ended) co_return;
    co_await database.transact(until, [&](db::transaction& tx) -> awaitable<bool> {
        report_store::keep_early(tx, *ended, now_us());
        const auto sent = co_await report_store::lock_sent(tx, ended->channel, ended->provider_id);
        if (!sent) co_return false;
        settle(tx, outbox, *sent, *ended);
        report_store::drop_early(tx, *ended);
        co_return true;
    });
}

}  // namespace esm::notifications
