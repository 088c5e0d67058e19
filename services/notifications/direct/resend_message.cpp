// See resend_message.hpp.
#include "services/notifications/direct/resend_message.hpp"

#include "platform/base/random.hpp"
#include "services/notifications/direct/direct_store.hpp"
#include "services/notifications/mailed_code.hpp"

namespace esm::notifications {

namespace {

result<void> check(const direct_store::original& of, const security::master_key& key, instant_us now) {
    if (!is_final(of.what.status)) {
        return fail(errc::conflict, "it has not ended yet: it will go out by itself");
    }
    if (of.what.status == status::skipped) {
        return fail(errc::conflict, "it was not sent because its user does not want it or cannot get it");
    }
    auto fields = boost::json::parse(of.model).as_object();
    if (const auto told = add_code(fields, key, now); !told) {
        return fail(errc::conflict, "it is about a code that is over");
    }
    return {};
}

notification_store::draft copy(const direct_store::original& of, const trace_context& trace) {
    notification_store::draft made;
    made.event_id = "resend:" + random_hex(16);
    made.event_type = of.what.event_type;
    made.channel = of.what.channel;
    made.recipient_key = fmt::format("resend:{}", of.what.notification_id);
    made.user_id = of.what.user_id;
    made.model = of.model;
    made.subject = of.what.subject;
    made.recipient = of.what.recipient;
    made.waiting = of.waiting;
    made.correlation_id = trace.correlation_id;
    made.traceparent = trace.traceparent;
    made.created_at = now_us();
    made.critical = of.what.critical;
    made.content = of.content;
    made.resend_of = of.what.notification_id;
    made.about_user_id = of.what.about_user_id;
    // One that failed on its way into the inbox has no content yet: its lane makes it.
    if (made.channel == "in_app" && of.what.status == status::sent) made.status = status::sent;
    return made;
}

}  // namespace

awaitable<result<notification>> resend_message::run(
    db::transaction& tx, const trace_context& trace, std::int64_t id
) {
    const auto found = co_await direct_store::find_original(tx, id);
    if (!found) co_return fail(errc::not_found, "there is no such notification");
    if (const auto may = check(*found, key_, now_us()); !may) co_return may.error();
    const std::vector<notification_store::draft> drafts{copy(*found, trace)};
    const auto ids = co_await accepting_.write(tx, drafts);
    const auto made = ids.front().value();
    if (found->what.items > 1) direct_store::copy_items(tx, found->what, made);
    auto all = co_await direct_store::find_all(tx, {made});
    co_return std::move(all.front());
}

}  // namespace esm::notifications
