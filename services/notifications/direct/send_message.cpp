// See send_message.hpp.
#include "services/notifications/direct/send_message.hpp"

#include "platform/personal_data/erasure.hpp"
#include "services/notifications/direct/direct_store.hpp"
#include "services/notifications/inbox/inbox_channel.hpp"

namespace esm::notifications {

namespace {

using notification_store::draft;

// What a code follows from: only the user service may have codes sent.
constexpr std::string_view code_field = "challengeId";

std::string content_of(const own_words& given) {
    boost::json::object content{{"text", given.text}};
    if (given.html) content["html"] = *given.html;
    return boost::json::serialize(content);
}

draft draft_of(const trace_context& trace, const std::string& event_id, const own_words& given) {
    draft made;
    made.event_id = event_id;
    made.event_type = direct_event_type;
    made.channel = given.channel;
    made.user_id = given.user_id.value_or(0);
    made.recipient_key =
        given.user_id ? fmt::format("user:{}", *given.user_id) : "address:" + given.address.value_or("");
    made.recipient = given.address.value_or("");
    made.model = "{}";
    made.subject = given.subject;
    made.content = content_of(given);
    made.critical = given.critical;
    made.correlation_id = trace.correlation_id;
    made.traceparent = trace.traceparent;
    made.created_at = now_us();
    if (given.deliver_at && *given.deliver_at > made.created_at) made.deliver_at = given.deliver_at;
    return made;
}

draft end_skipped(draft made, std::string why) {
    made.status = status::skipped;
    made.error_message = std::move(why);
    return made;
}

// For a user: where what is known of the user says.
result<std::vector<draft>> address(draft made, const own_words& given, const audience_member& to) {
    const auto wanted = wish_for(to.wishes, direct_event_type, made.channel);
    if (!made.critical && !wanted.enabled.value_or(true)) {
        return std::vector<draft>{end_skipped(std::move(made), "the user has turned it off")};
    }
    if (made.channel == "push") {
        if (to.devices.empty()) return invalid_field("/userId", "no_device", "the user has no device");
        std::vector<draft> all;
        for (const auto device : to.devices) {
            made.recipient_key = fmt::format("device:{}", device);
            made.recipient = std::to_string(device);
            all.push_back(made);
        }
        return all;
    }
    if (made.channel == "in_app") {
        if (made.deliver_at) return std::vector<draft>{std::move(made)};
        made.content = inbox_content({given.subject, given.text, {}});
        made.status = status::sent;
    } else if (!to.known) {
        made.waiting = true;
    } else if (made.channel == "email") {
        made.recipient = to.known->email;
    } else if (to.known->phone) {
        made.recipient = *to.known->phone;
    } else {
        return std::vector<draft>{end_skipped(std::move(made), "the user has no phone number")};
    }
    return std::vector<draft>{std::move(made)};
}

awaitable<result<void>> check_user(db::transaction& tx, std::int64_t user_id) {
    const auto gone = co_await personal_data::erased_among(tx, {user_id});
    if (gone.empty()) co_return result<void>();
    co_return invalid_field("/userId", "deleted", "the user's account was deleted");
}

}  // namespace

awaitable<result<std::vector<notification>>> send_message::run(
    db::transaction& tx, const trace_context& trace, const std::string& event_id, const new_message& given
) {
    if (const auto checked = check(given, now_us()); !checked) co_return checked.error();
    auto ids = co_await direct_store::ids_of_event(tx, event_id);
    if (ids.empty()) {
        auto written = std::holds_alternative<own_words>(given)
                           ? co_await write(tx, trace, event_id, std::get<own_words>(given))
                           : co_await write(tx, trace, event_id, std::get<imitated_event>(given));
        if (!written) co_return written.error();
        ids = std::move(*written);
    }
    co_return co_await direct_store::find_all(tx, ids);
}

awaitable<result<std::vector<std::int64_t>>> send_message::write(
    db::transaction& tx, const trace_context& trace, const std::string& event_id, const own_words& given
) {
    std::vector<draft> drafts{draft_of(trace, event_id, given)};
    if (given.user_id) {
        if (const auto there = co_await check_user(tx, *given.user_id); !there) co_return there.error();
        const auto known = co_await load_audience(tx, {*given.user_id}, false);
        auto addressed = address(std::move(drafts.front()), given, known.at(*given.user_id));
        if (!addressed) co_return addressed.error();
        drafts = std::move(*addressed);
    }
    std::vector<std::int64_t> ids;
    for (const auto& each : co_await accepting_.write(tx, drafts)) {
        if (each) ids.push_back(*each);
    }
    // Nothing where the same request has just come elsewhere too.
    if (ids.empty()) ids = co_await direct_store::ids_of_event(tx, event_id);
    co_return ids;
}

awaitable<result<std::vector<std::int64_t>>> send_message::write(
    db::transaction& tx, const trace_context& trace, const std::string& event_id, const imitated_event& given
) {
    const auto texts = texts_.now();
    const auto* by = texts->rules.find(given.event_type);
    if (by == nullptr) {
        co_return invalid_field("/eventType", "no_rule", "there is no rule for events of this type");
    }
    if (std::find(by->fields.begin(), by->fields.end(), code_field) != by->fields.end()) {
        co_return invalid_field(
            "/eventType", "not_allowed", "codes are sent to those who ask for them alone"
        );
    }
    if (const auto there = co_await check_user(tx, given.user_id); !there) co_return there.error();
    events::event cause;
    cause.id = event_id;
    cause.type = given.event_type;
    cause.correlation_id = trace.correlation_id;
    cause.traceparent = trace.traceparent;
    auto ids = co_await accepting_.imitate(tx, cause, given.fields, given.user_id);
    if (!ids) {
        if (ids.error().code != errc::malformed_request) co_return ids.error();
        co_return invalid_field("/fields/" + by->recipient_field, "pattern", "must be an e-mail address");
    }
    co_return std::move(*ids);
}

}  // namespace esm::notifications
