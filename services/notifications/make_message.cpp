// See make_message.hpp.
#include "services/notifications/make_message.hpp"

#include "platform/base/json_decoder.hpp"
#include "platform/base/json_member.hpp"
#include "services/notifications/mailed_code.hpp"
#include "services/notifications/preferences/unsubscribe_token.hpp"
#include "services/notifications/templates/event_fields.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t digest_items_max = 100;
constexpr std::chrono::milliseconds query_timeout{10'000};
constexpr std::string_view unsubscribe_path = "/api/v1/eventstreammonitor/notifications/unsubscribe?token=";

// A direct message: its words are the sender's.
outgoing as_given(const notification_store::delivery_work& of) {
    const auto content = boost::json::parse(*of.content).as_object();
    return {
        of.what,
        {of.what.subject, json::text_member(content, "text"), json::text_member(content, "html")},
        {},
        {}
    };
}

}  // namespace

awaitable<result<outgoing>> make_message::run(const notification_store::delivery_work& of) const {
    std::string why;
    try {
        if (of.content) {
            auto message = as_given(of);
            message.unsubscribe_url = unsubscribe_url(of.what);
            co_return message;
        }
        // No message goes out in a shipped text only because the stored one was not read yet.
        co_await deps_.texts.current();
        auto fields = boost::json::parse(of.model).as_object();
        if (of.what.channel == "webhook") co_return outgoing{of.what, {}, std::move(fields), {}};
        if (of.what.items > 1) co_return co_await digest(of);
        if (const auto told = add_code(fields, deps_.key, now_us()); !told) co_return told.error();
        co_return from_template(of, of.what.event_type, std::move(fields));
    } catch (const db::unavailable&) {
        throw;
    } catch (const std::exception& failure) {
        why = failure.what();
    }
    co_return fail(errc::internal, "the message cannot be rendered: " + why);
}

awaitable<result<outgoing>> make_message::digest(const notification_store::delivery_work& of) const {
    const auto items = co_await notification_store::list_items(
        deps_.database, of.what.notification_id, digest_items_max, deadline_in(query_timeout)
    );
    boost::json::array listed;
    for (const auto& each : items) {
        listed.push_back(
            boost::json::object{{"subject", each.subject}, {"at", format_instant(each.created_at)}}
        );
    }
    boost::json::object fields{{"count", of.what.items}};
    const auto more = of.what.items - static_cast<std::int64_t>(listed.size());
    if (more > 0) fields["more"] = more;
    fields["items"] = std::move(listed);
    co_return from_template(of, digest_event_type, std::move(fields));
}

result<outgoing> make_message::from_template(
    const notification_store::delivery_work& of, std::string_view event_type, boost::json::object fields
) const {
    const auto texts = deps_.texts.now();
    const auto found = texts->templates.find(event_type, of.what.channel, of.to.locale.value_or(""));
    if (!found) {
        return fail(
            errc::internal, fmt::format("there is no template for {} on {}", event_type, of.what.channel)
        );
    }
    outgoing message{of.what, {}, {}, unsubscribe_url(of.what)};
    message.content = render(found, {fields, of.to, deps_.public_url, message.unsubscribe_url});
    message.what.subject = message.content.subject;
    message.event = std::move(fields);
    return message;
}

std::string make_message::unsubscribe_url(const notification& of) const {
    if (deps_.public_url.empty() || of.critical || of.channel != "email") return {};
    unsubscription wanted{of.user_id, of.event_type, of.channel};
    if (of.user_id == 0) wanted.who = of.recipient;
    return fmt::format(
        "{}{}{}", deps_.public_url, unsubscribe_path, make_unsubscribe_token(deps_.key, wanted)
    );
}

}  // namespace esm::notifications
