// See draft_messages.hpp.
#include "services/notifications/draft_messages.hpp"

#include "services/notifications/inbox/inbox_channel.hpp"

namespace esm::notifications {

namespace {

using notification_store::draft;

// One event's drafts, in the making.
class plan {
public:
    plan(const drafting& with, const incoming& of, const audience& all)
        : with_(with), of_(of), all_(all), member_(all.at(of.user_id)) {}

    result<std::vector<drafted>> run() {
        if (of_.by != nullptr) {
            fields_ = pick_fields(*of_.by, of_.entity);
            model_ = boost::json::serialize(fields_);
            for (const auto& each : of_.by->channels) {
                if (auto added = add_channel(each); !added) return added.error();
            }
        }
        for (const auto& each : all_.webhooks) {
            if (each.wants(of_.event_type, of_.user_id)) add_webhook(each);
        }
        return std::move(made_);
    }

private:
    result<void> add_channel(const rule::channel_default& by) {
        const auto wanted = wish_for(member_.wishes, of_.event_type, by.channel);
        const bool must = of_.by->critical && by.enabled;
        if (!must && !wanted.enabled.value_or(by.enabled)) {
            // What nobody would have expected is not worth a line in the log.
            if (by.enabled) add_skipped(by.channel, "the user has turned it off");
            return {};
        }
        const auto digest = of_.by->critical ? std::chrono::minutes(0) : wanted.digest;
        if (by.channel == "push") {
            add_push(digest);
        } else if (by.channel == "in_app") {
            add_inbox(digest);
        } else if (by.channel == "sms") {
            add_sms(digest);
        } else {
            return add_mail(digest);
        }
        return {};
    }

    result<void> add_mail(std::chrono::minutes digest) {
        auto message = draft_for("email", user_key());
        if (!of_.by->recipient_field.empty()) {
            auto address = read_address(of_.entity, of_.by->recipient_field);
            if (!address) return address.error();
            message.recipient = std::move(*address);
        } else if (member_.known) {
            message.recipient = member_.known->email;
        } else {
            message.waiting = true;
        }
        add(std::move(message), digest);
        return {};
    }

    void add_sms(std::chrono::minutes digest) {
        if (member_.known && !member_.known->phone) {
            add_skipped("sms", "the user has no phone number");
            return;
        }
        auto message = draft_for("sms", user_key());
        message.waiting = !member_.known;
        if (member_.known) message.recipient = *member_.known->phone;
        add(std::move(message), digest);
    }

    void add_push(std::chrono::minutes digest) {
        for (const auto device : member_.devices) {
            auto message = draft_for("push", fmt::format("device:{}", device));
            message.recipient = std::to_string(device);
            add(std::move(message), digest);
        }
    }

    // Nobody has to carry it: it is there once it is written.
    void add_inbox(std::chrono::minutes digest) {
        auto message = draft_for("in_app", user_key());
        if (digest == std::chrono::minutes(0)) {
            const auto text = find_template("in_app");
            if (text) {
                const auto shown = render(text, input());
                message.subject = shown.subject;
                message.content = inbox_content(shown);
                message.status = status::sent;
            }
        }
        add(std::move(message), digest);
    }

    void add_webhook(const audience_webhook& to) {
        auto message = draft_for("webhook", fmt::format("webhook:{}", to.webhook_id));
        message.user_id = to.user_id;
        if (of_.user_id != 0 && of_.user_id != to.user_id) message.about_user_id = of_.user_id;
        message.recipient = std::to_string(to.webhook_id);
        message.model = of_.cause->data;
        message.subject = of_.event_type;
        message.critical = true;
        made_.push_back({std::move(message)});
    }

    void add_skipped(const std::string& channel, std::string why) {
        auto message = draft_for(channel, user_key());
        message.status = status::skipped;
        message.error_message = std::move(why);
        made_.push_back({std::move(message)});
    }

    void add(draft message, std::chrono::minutes digest) {
        if (digest > std::chrono::minutes(0)) {
            message.digest_key =
                fmt::format("{}|{}|{}", message.recipient_key, message.channel, message.event_type);
            message.deliver_at = with_.now + std::chrono::microseconds(digest).count();
            // What a digest of several lists it as.
            if (message.subject.empty()) message.subject = subject_on(message.channel);
        }
        made_.push_back({std::move(message), digest});
    }

    draft draft_for(const std::string& channel, std::string recipient_key) const {
        draft made;
        made.event_id = of_.cause->id;
        made.event_type = of_.event_type;
        made.channel = channel;
        made.recipient_key = std::move(recipient_key);
        // A login from elsewhere leads to two kinds of messages: they must not pass for one.
        if (of_.event_type != of_.cause->type) made.recipient_key += "|" + of_.event_type;
        made.user_id = of_.user_id;
        made.model = model_;
        made.critical = of_.by != nullptr && of_.by->critical;
        made.correlation_id = of_.cause->correlation_id;
        made.traceparent = of_.cause->traceparent;
        made.created_at = with_.now;
        if (channel == "email") made.subject = subject_on(channel);
        return made;
    }

    std::string subject_on(std::string_view channel) const {
        const auto text = find_template(channel);
        return text ? render_subject(text, input()) : std::string();
    }

    std::shared_ptr<const message_template> find_template(std::string_view channel) const {
        const auto locale = member_.known ? member_.known->locale : std::nullopt;
        return with_.texts.templates.find(of_.event_type, channel, locale.value_or(""));
    }

    message_input input() const {
        static const contact nobody{};
        return {fields_, member_.known ? *member_.known : nobody, with_.public_url};
    }

    std::string user_key() const { return fmt::format("user:{}", of_.user_id); }

    const drafting& with_;
    const incoming& of_;
    const audience& all_;
    const audience_member& member_;
    boost::json::object fields_;
    std::string model_;
    std::vector<drafted> made_;
};

}  // namespace

result<std::vector<drafted>> draft_messages(const drafting& with, const incoming& of, const audience& all) {
    return plan(with, of, all).run();
}

}  // namespace esm::notifications
