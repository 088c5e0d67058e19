// See unsubscribe_page.hpp. In each sentence the English text stands before the German one.
#include "services/notifications/wishes/unsubscribe_page.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "platform/base/markup.hpp"
#include "platform/http/content_policy.hpp"
#include "services/notifications/preferences/preferences.hpp"
#include "services/notifications/wishes/page_layout.hpp"

namespace esm::notifications {

namespace {

constexpr std::string_view preferences_path = "/api/v1/eventstreammonitor/notifications/preferences";

struct words {
    std::string_view english, german;

    std::string_view in(page_language wanted) const {
        return wanted == page_language::german ? german : english;
    }
};

struct named_kind {
    std::string_view event_type;
    words what;
};
// Those that people know by another name than ours.
constexpr std::array<named_kind, 5> kinds{{
    {"user.registered.v1", {"welcome messages", "Willkommensnachrichten"}},
    {"task.completed.v1", {"messages about completed tasks", "Nachrichten über abgeschlossene Aufgaben"}},
    {"task.failed.v1", {"messages about failed tasks", "Nachrichten über fehlgeschlagene Aufgaben"}},
    {"task.timed_out.v1",
     {"messages about tasks that took too long", "Nachrichten über Aufgaben, die zu lange dauerten"}},
    {any_event, {"messages", "Nachrichten"}},
}};

struct named_channel {
    std::string_view channel;
    words by;
};
constexpr std::array<named_channel, 4> channels{{
    {"email", {"by e-mail", "per E-Mail"}},
    {"sms", {"by text message", "per SMS"}},
    {"push", {"as push messages", "als Push-Nachricht"}},
    {"in_app", {"in your inbox", "im Posteingang"}},
}};

const std::string* address_of(const unsubscription& of) {
    return std::get_if<std::string>(&of.who);
}

// "messages about failed tasks"; an address of no user gets none of any kind.
std::string kind_text(const unsubscription& of, page_language in) {
    const std::string_view wanted = address_of(of) ? any_event : std::string_view(of.event_type);
    const auto known =
        std::find_if(kinds.begin(), kinds.end(), [&](const auto& each) { return each.event_type == wanted; });
    if (known != kinds.end()) return std::string(known->what.in(in));
    constexpr words other{"messages of the kind", "Nachrichten der Art"};
    return fmt::format("{} <code>{}</code>", other.in(in), escape_markup(wanted));
}

// "messages about failed tasks by e-mail to ada@example.org"
std::string what_stops(const unsubscription& of, page_language in) {
    auto text = kind_text(of, in);
    const auto known = std::find_if(channels.begin(), channels.end(), [&](const auto& each) {
        return each.channel == of.channel;
    });
    if (known != channels.end()) text += fmt::format(" {}", known->by.in(in));
    constexpr words to{"to", "an"};
    if (const auto* address = address_of(of)) {
        text += fmt::format(" {} <strong>{}</strong>", to.in(in), escape_markup(*address));
    }
    return text;
}

constexpr words still_come{
    "Messages about the security of an account still come.",
    "Nachrichten zur Sicherheit eines Kontos kommen weiterhin."
};

void put(std::string& page, std::string_view mark, std::string_view text) {
    for (auto at = page.find(mark); at != std::string::npos; at = page.find(mark, at + text.size())) {
        page.replace(at, mark.size(), text);
    }
}

// The content last: what it holds is no mark.
std::string page_with(page_language in, std::string_view title, std::string_view content) {
    std::string page(embedded::page_layout);
    put(page, "@lang@", words{"en", "de"}.in(in));
    put(page, "@title@", title);
    page.replace(page.find("@content@"), std::string_view("@content@").size(), content);
    return page;
}

std::string how_to_undo(const unsubscription& of, page_language in) {
    constexpr words by_operator{
        "To get messages there again, write to whoever runs this system.",
        "Wenn Sie dort wieder Nachrichten möchten, schreiben Sie den Betreibern dieses Systems."
    };
    if (address_of(of)) return std::string(by_operator.in(in));
    constexpr words by_oneself{
        "Did you change your mind? Log in and switch them on again in your notification preferences "
        "(<code>PUT {}</code>), or ask your administrator to.",
        "Haben Sie es sich anders überlegt? Melden Sie sich an und schalten Sie sie in Ihren "
        "Benachrichtigungseinstellungen wieder ein (<code>PUT {}</code>), oder bitten Sie Ihre "
        "Administration darum."
    };
    return fmt::format(fmt::runtime(by_oneself.in(in)), preferences_path);
}

}  // namespace

std::string page_to_confirm(const unsubscription& of, page_language in) {
    constexpr words title{"Unsubscribe?", "Abbestellen?"};
    constexpr words text{
        "<p>If you confirm, we send no more {}.</p>\n<p>{}</p>\n",
        "<p>Wenn Sie bestätigen, senden wir keine {} mehr.</p>\n<p>{}</p>\n"
    };
    constexpr words button{"Unsubscribe", "Abbestellen"};
    auto content = fmt::format(fmt::runtime(text.in(in)), what_stops(of, in), still_come.in(in));
    content += fmt::format(
        "<form method=\"post\"><input type=\"hidden\" name=\"List-Unsubscribe\" value=\"One-Click\">"
        "<button type=\"submit\">{}</button></form>",
        button.in(in)
    );
    return page_with(in, title.in(in), content);
}

std::string page_when_done(const unsubscription& of, page_language in) {
    constexpr words title{"You are unsubscribed", "Abbestellt"};
    constexpr words text{
        "<p>We send no more {}. {}</p>\n<p>{}</p>", "<p>Wir senden keine {} mehr. {}</p>\n<p>{}</p>"
    };
    const auto content =
        fmt::format(fmt::runtime(text.in(in)), what_stops(of, in), still_come.in(in), how_to_undo(of, in));
    return page_with(in, title.in(in), content);
}

std::string page_of_wrong_link(page_language in) {
    constexpr words title{"This link does not work", "Dieser Link funktioniert nicht"};
    constexpr words text{
        "<p>It is not, or not wholly, a link of one of our mails. Nothing was changed. Try the link in the "
        "mail "
        "again, or copy all of it.</p>",
        "<p>Er ist kein oder kein vollständiger Link aus einer unserer E-Mails. Es wurde nichts geändert. "
        "Versuchen "
        "Sie es noch einmal aus der E-Mail, oder kopieren Sie den ganzen Link.</p>"
    };
    return page_with(in, title.in(in), text.in(in));
}

std::string page_of_failure(std::string_view reference, page_language in) {
    constexpr words title{"That did not work", "Das hat nicht funktioniert"};
    constexpr words text{
        "<p>Nothing was changed. Please try again in a few minutes.</p>\n<p>Reference: <code>{}</code></p>",
        "<p>Es wurde nichts geändert. Bitte versuchen Sie es in einigen Minuten noch einmal.</p>\n"
        "<p>Kennung: <code>{}</code></p>"
    };
    return page_with(in, title.in(in), fmt::format(fmt::runtime(text.in(in)), escape_markup(reference)));
}

std::string page_policy() {
    const std::string_view page = embedded::page_layout;
    constexpr std::string_view begin = "<style>";
    const auto from = page.find(begin) + begin.size();
    return fmt::format(
        "default-src 'none'; style-src {}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        http::hash_source(page.substr(from, page.find("</style>") - from))
    );
}

}  // namespace esm::notifications
