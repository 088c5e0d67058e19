// See check_settings.hpp.
#include "services/notifications/check_settings.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <boost/url.hpp>
#include <charconv>
#include <filesystem>

#include "platform/config/values.hpp"
#include "platform/events/dead_letters.hpp"
#include "platform/fetch/fetch.hpp"
#include "services/notifications/events.hpp"
#include "services/notifications/mail/mail_encoding.hpp"
#include "services/notifications/templates/locale.hpp"

namespace esm::notifications {

namespace {

constexpr std::int64_t backoff_max_ms = 7LL * 24 * 3600 * 1000;
constexpr std::size_t backoff_steps_max = 50;

using scheme_list = std::initializer_list<std::string_view>;

struct url_form {
    scheme_list schemes;
    bool may_have_user{false};
};

// Not port_number() of Boost.URL 1.81: it keeps the lower bits of what is too large.
bool is_port(std::string_view digits) {
    std::uint16_t port = 0;
    const auto* last = digits.data() + digits.size();
    const auto [end, failure] = std::from_chars(digits.data(), last, port);
    return failure == std::errc{} && end == last && port > 0;
}

// Why it is no URL of a server, or nothing.
std::string url_problem(const std::string& text, const url_form& form) {
    const auto parsed = boost::urls::parse_uri(text);
    if (!parsed)
        return fmt::format("must be a URL that begins with {}://", fmt::join(form.schemes, ":// or "));
    const bool known =
        std::find(form.schemes.begin(), form.schemes.end(), parsed->scheme()) != form.schemes.end();
    if (!known) return fmt::format("must begin with {}://", fmt::join(form.schemes, ":// or "));
    if (parsed->host().empty()) return "names no host";
    if (parsed->has_port() && !is_port(parsed->port())) return "must have a port from 1 to 65535";
    if (parsed->has_userinfo() && !form.may_have_user) return "must have no user name in it";
    if (parsed->has_query() || parsed->has_fragment()) return "must have nothing behind ? or #";
    return {};
}

class settings_check {
public:
    explicit settings_check(const config& given) : given_(given) {}

    void run() {
        check_mail();
        check_sms("sms", {given_.sms_url, given_.sms_account, given_.sms_token, given_.sms_sender});
        check_sms(
            "sms_fallback",
            {given_.sms_fallback_url,
             given_.sms_fallback_account,
             given_.sms_fallback_token,
             given_.sms_fallback_sender}
        );
        check_push();
        check_webhooks();
        check_public_url();
        check_texts_and_topics();
        if (problems_.empty()) return;
        throw esm::config::invalid_configuration(fmt::to_string(fmt::join(problems_, "\n")));
    }

private:
    struct sms_account {
        const std::string &url, &account, &token, &sender;
    };

    void refuse(std::string_view setting, std::string_view problem) {
        problems_.push_back(fmt::format("notifications.{}: {}", setting, problem));
    }

    void check_url(const char* setting, const std::string& url, const url_form& form) {
        if (url.empty()) return;
        if (const auto problem = url_problem(url, form); !problem.empty()) refuse(setting, problem);
    }

    void check_file(const char* setting, const std::string& path) {
        if (!path.empty() && ::access(path.c_str(), R_OK) != 0) {
            refuse(setting, fmt::format("{} cannot be read", path));
        }
    }

    void check_mail() {
        const url_form server{{"smtp", "smtps"}, true};
        check_url("smtp_url", given_.smtp_url, server);
        check_url("smtp_fallback_url", given_.smtp_fallback_url, server);
        check_file("smtp_ca_file", given_.smtp_ca_file);
        if (!parse_mailbox(given_.mail_from)) {
            refuse("mail_from", "must be an address, as in Example Shop <no-reply@example.org>");
        }
        if (!given_.smtp_url.empty()) return;
        std::error_code failure;
        std::filesystem::create_directories(given_.mailbox_dir, failure);
        if (failure || ::access(given_.mailbox_dir.c_str(), W_OK) != 0) {
            refuse("mailbox_dir", fmt::format("{} is no folder that can be written to", given_.mailbox_dir));
        }
    }

    void check_sms(const std::string& prefix, const sms_account& of) {
        check_url((prefix + "_url").c_str(), of.url, {{"https", "http"}});
        if (of.url.empty()) return;
        for (const auto& [name, value] :
             {std::pair("_account", &of.account), {"_token", &of.token}, {"_sender", &of.sender}}) {
            if (value->empty()) refuse(prefix + name, fmt::format("is needed where {}_url is set", prefix));
        }
    }

    void check_push() {
        check_url("fcm_url", given_.fcm_url, {{"https", "http"}});
        check_file("fcm_service_account_file", given_.fcm_service_account_file);
        const auto& subject = given_.vapid_subject;
        if (!subject.starts_with("mailto:") && !subject.starts_with("https://")) {
            refuse("vapid_subject", "must be how to reach you: a mailto: or https: URI");
        }
    }

    void check_webhooks() {
        const auto& steps = given_.webhook_backoff_ms;
        const bool fits =
            !steps.empty() && steps.size() <= backoff_steps_max &&
            std::all_of(steps.begin(), steps.end(), [](const std::string& each) {
                std::int64_t step = 0;
                const auto* last = each.data() + each.size();
                const auto [end, failure] = std::from_chars(each.data(), last, step);
                return failure == std::errc{} && end == last && step > 0 && step <= backoff_max_ms;
            });
        if (!fits) {
            refuse(
                "webhook_backoff_ms",
                fmt::format("must be 1 to {} waits from 1 to {} ms", backoff_steps_max, backoff_max_ms)
            );
        }
        for (const auto& each : given_.webhook_allowed_networks) {
            if (!fetch::network::parse(each)) {
                refuse("webhook_allowed_networks", each + " is no network, such as 10.0.0.0/8");
            }
        }
        check_file("outgoing_ca_file", given_.outgoing_ca_file);
    }

    // It begins links in mails and headers.
    void check_public_url() {
        check_url("public_url", given_.public_url, {{"https", "http"}});
        if (given_.public_url.ends_with('/')) refuse("public_url", "must not end with a slash");
    }

    void check_texts_and_topics() {
        if (!normalise_locale(given_.default_locale)) {
            refuse("default_locale", "must be a language tag, such as en or de-AT");
        }
        const auto own_letters = events::dead_letter_topic(std::string(consumer_group), "");
        for (const auto& each : given_.extra_topics) {
            if (!events::is_topic_name(each)) {
                refuse("extra_topics", fmt::format("\"{}\" is no name of a topic", each));
            } else if (each == notification_topic || each.starts_with(own_letters)) {
                refuse("extra_topics", each + " is what this service writes itself");
            }
        }
    }

    const config& given_;
    std::vector<std::string> problems_;
};

}  // namespace

void check_settings(const config& given) {
    settings_check(given).run();
}

}  // namespace esm::notifications
