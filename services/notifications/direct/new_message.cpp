// See new_message.hpp.
#include "services/notifications/direct/new_message.hpp"

#include <fmt/format.h>

#include "platform/base/event_type.hpp"
#include "platform/base/phone_number.hpp"
#include "platform/base/utf8.hpp"
#include "services/notifications/mail/mail_encoding.hpp"
#include "services/notifications/preferences/preferences.hpp"
#include "services/notifications/templates/parts.hpp"

namespace esm::notifications {

namespace {

constexpr std::int64_t first_user_id = 1'000;
constexpr instant_us scheduled_max_us = 366LL * 24 * 3600 * 1'000'000;

class rules {
public:
    explicit rules(instant_us now) : now_(now) {}

    void check(const own_words& given) {
        const auto& all = preferred_channels;
        if (std::find(all.begin(), all.end(), given.channel) == all.end()) {
            reject("/channel", "not_allowed", "must be email, sms, push or in_app");
            return;
        }
        check_recipient(given);
        check_subject(given);
        const bool is_titled = given.channel == "push" || given.channel == "in_app";
        check_part("/text", given.text, *find_part(given.channel, is_titled ? "body" : "text"));
        if (given.html && given.channel != "email") {
            reject("/html", "not_allowed", "is for mails alone");
        } else if (given.html) {
            check_part("/html", *given.html, *find_part("email", "html"));
        }
        if (given.deliver_at && *given.deliver_at > now_ + scheduled_max_us) {
            reject("/deliverAt", "range", "must be within a year");
        }
    }

    void check(const imitated_event& given) {
        if (!is_event_type(given.event_type)) {
            reject("/eventType", "pattern", "must be the type of an event, such as task.completed.v1");
        }
        check_user(given.user_id);
    }

    result<void> done() {
        if (fields_.empty()) return {};
        auto refused =
            fail(errc::validation_failed, fmt::format("{} of the fields are wrong", fields_.size()));
        if (fields_.size() == 1) refused.detail = "1 field is wrong";
        refused.fields = std::move(fields_);
        return refused;
    }

private:
    void reject(std::string pointer, std::string code, std::string message) {
        fields_.push_back({std::move(pointer), std::move(code), std::move(message)});
    }

    void check_user(std::int64_t user_id) {
        if (user_id < first_user_id) reject("/userId", "range", "must be the id of a user");
    }

    void check_recipient(const own_words& given) {
        if (given.user_id.has_value() == given.address.has_value()) {
            const auto* pointer = given.address ? "/address" : "/userId";
            reject(pointer, "one_of", "either userId or address says whom it is for");
            return;
        }
        if (given.user_id) return check_user(*given.user_id);
        if (given.channel == "email") {
            if (!is_mail_address(*given.address)) reject("/address", "pattern", "is no e-mail address");
        } else if (given.channel == "sms") {
            if (!is_e164(*given.address)) reject("/address", "pattern", "is no number such as +14155550100");
        } else {
            reject("/address", "not_allowed", "only mails and text messages go to addresses");
        }
    }

    void check_subject(const own_words& given) {
        if (given.channel == "sms") {
            if (!given.subject.empty()) reject("/subject", "not_allowed", "a text message has none");
            return;
        }
        if (given.channel != "email" && given.subject.empty()) return;
        check_part("/subject", given.subject, *find_part("email", "subject"));
        const auto is_control = [](unsigned char c) { return c < 0x20 || c == 0x7f; };
        if (std::any_of(given.subject.begin(), given.subject.end(), is_control)) {
            reject("/subject", "pattern", "must be one line without control characters");
        }
    }

    void check_part(const char* pointer, const std::string& text, const part_rule& by) {
        if (text.empty()) return reject(pointer, "length", "must not be empty");
        if (text.find('\0') != std::string::npos) return reject(pointer, "pattern", "has a NUL character");
        if (by.bytes_max > 0 && text.size() > by.bytes_max) {
            reject(pointer, "length", fmt::format("must have at most {} bytes", by.bytes_max));
        }
        if (by.characters_max > 0 && count_characters(text) > by.characters_max) {
            reject(pointer, "length", fmt::format("must have at most {} characters", by.characters_max));
        }
    }

    const instant_us now_;
    std::vector<field_error> fields_;
};

}  // namespace

result<void> check(const new_message& given, instant_us now) {
    rules by(now);
    std::visit([&by](const auto& each) { by.check(each); }, given);
    return by.done();
}

}  // namespace esm::notifications
