// Which settings are refused before anything starts, by name.
#include "services/notifications/check_settings.hpp"

#include <gmock/gmock.h>

#include <functional>

#include "platform/config/values.hpp"
#include "platform/testing/support.hpp"

namespace esm::notifications {
namespace {

using ::testing::HasSubstr;

class check_settings_test : public ::testing::Test {
protected:
    config good() {
        config given;
        given.mailbox_dir = folder_.file("mailbox");
        given.mail_from = "Shop <no-reply@example.org>";
        given.vapid_subject = "mailto:ops@example.org";
        given.fcm_url = "https://fcm.googleapis.com";
        given.default_locale = "de-AT";
        given.webhook_backoff_ms = {"5000", "30000"};
        return given;
    }

    // What is said of the settings, once one of them is changed.
    std::string problems(const std::function<void(config&)>& change) {
        auto given = good();
        change(given);
        try {
            check_settings(given);
        } catch (const esm::config::invalid_configuration& refused) {
            return refused.what();
        }
        return {};
    }

    testing::temporary_folder folder_;
};

TEST_F(check_settings_test, takes_what_is_right) {
    EXPECT_EQ(problems([](config&) {}), "");
    EXPECT_EQ(
        problems([](config& all) {
            all.smtp_url = "smtps://ada:secret@mail.example.org:465";
            all.smtp_fallback_url = "smtp://[::1]:25";
            all.public_url = "https://monitor.example.org/base";
            all.sms_url = "https://api.twilio.com";
            all.sms_account = all.sms_token = all.sms_sender = "x";
            all.webhook_allowed_networks = {"10.0.0.0/8"};
            all.extra_topics = {"order-events", "dlq.other.topic"};
        }),
        ""
    );
}

struct wrong {
    const char* name;
    std::function<void(config&)> change;
    const char* said;
};

class check_settings_refuses : public check_settings_test, public ::testing::WithParamInterface<wrong> {};

TEST_P(check_settings_refuses, by_name) {
    EXPECT_THAT(problems(GetParam().change), HasSubstr(std::string("notifications.") + GetParam().said));
}

template <auto Member>
std::function<void(config&)> with(decltype(std::declval<config>().*Member) value) {
    return [value](config& all) { all.*Member = value; };
}

INSTANTIATE_TEST_SUITE_P(
    settings,
    check_settings_refuses,
    ::testing::Values(
        wrong{"smtp_scheme", with<&config::smtp_url>("http://a.org"), "smtp_url: must begin with smtp"},
        wrong{"smtp_host", with<&config::smtp_url>("smtp://"), "smtp_url: names no host"},
        wrong{"smtp_space", with<&config::smtp_url>("smtp://a b"), "smtp_url: must be a URL"},
        wrong{"smtp_port", with<&config::smtp_url>("smtp://a:99999"), "smtp_url: must have a port"},
        wrong{"standby", with<&config::smtp_fallback_url>("mail"), "smtp_fallback_url: must be a URL"},
        wrong{"smtp_ca", with<&config::smtp_ca_file>("/none"), "smtp_ca_file: /none cannot be read"},
        wrong{"ca", with<&config::outgoing_ca_file>("/none"), "outgoing_ca_file: /none cannot be read"},
        wrong{"mailbox", with<&config::mailbox_dir>("/proc/none"), "mailbox_dir: /proc/none is no folder"},
        wrong{"sender", with<&config::mail_from>("shop"), "mail_from: must be an address"},
        wrong{"slash", with<&config::public_url>("https://a.org/"), "public_url: must not end with a slash"},
        wrong{"no_scheme", with<&config::public_url>("a.org"), "public_url: must be a URL"},
        wrong{"query", with<&config::public_url>("https://a.org/b?x=1"), "public_url: must have nothing"},
        wrong{"script", with<&config::public_url>("javascript:alert(1)//"), "public_url: must begin with"},
        wrong{"line", with<&config::public_url>("https://a.org>\r\nX: y"), "public_url: must be a URL"},
        wrong{"umlaut", with<&config::public_url>("http://\u00fc.example.org"), "public_url: must be a URL"},
        wrong{
            "sms", with<&config::sms_url>("https://api.twilio.com"), "sms_account: is needed where sms_url"
        },
        wrong{"sms_url", with<&config::sms_url>("nope"), "sms_url: must be a URL"},
        wrong{"fcm", with<&config::fcm_url>("foo"), "fcm_url: must be a URL"},
        wrong{
            "fcm_file", with<&config::fcm_service_account_file>("/none"), "fcm_service_account_file: /none"
        },
        wrong{"vapid", with<&config::vapid_subject>("ops@example.org"), "vapid_subject: must be how"},
        wrong{"word", with<&config::webhook_backoff_ms>({"5000", "abc"}), "webhook_backoff_ms: must be"},
        wrong{
            "huge", with<&config::webhook_backoff_ms>({"99999999999999999999"}), "webhook_backoff_ms: must be"
        },
        wrong{"minus", with<&config::webhook_backoff_ms>({"-1"}), "webhook_backoff_ms: must be"},
        wrong{"none", with<&config::webhook_backoff_ms>({}), "webhook_backoff_ms: must be"},
        wrong{"net", with<&config::webhook_allowed_networks>({"ten"}), "webhook_allowed_networks: ten is no"},
        wrong{"locale", with<&config::default_locale>("klingon_X"), "default_locale: must be a language tag"},
        wrong{
            "topic", with<&config::extra_topics>({"bad topic!"}), "extra_topics: \"bad topic!\" is no name"
        },
        wrong{
            "own_topic", with<&config::extra_topics>({"notification-events"}), "extra_topics: notification"
        },
        wrong{"letters", with<&config::extra_topics>({"dlq.notifications.x"}), "extra_topics: dlq.notif"}
    ),
    [](const auto& info) { return std::string(info.param.name); }
);

TEST_F(check_settings_test, names_all_at_once) {
    const auto said = problems([](config& all) {
        all.mail_from = "x";
        all.fcm_url = "y";
    });
    EXPECT_THAT(said, HasSubstr("notifications.mail_from: "));
    EXPECT_THAT(said, HasSubstr("\nnotifications.fcm_url: "));
}

}  // namespace
}  // namespace esm::notifications
