// See templates.hpp. Parsed once a thread, since kainjow's renderer changes its parsed template while it
// renders.
#include "services/notifications/templates.hpp"

#include <kainjow/mustache.hpp>
#include <stdexcept>

#include "services/notifications/texts.hpp"

namespace esm::notifications {

namespace {

namespace ms = kainjow::mustache;

struct message_template {
    ms::mustache subject, text, html;
};

ms::mustache parse(std::string_view source, bool escape_html) {
    ms::mustache parsed{std::string(source)};
    if (!parsed.is_valid())
        throw std::logic_error("a shipped template does not parse: " + parsed.error_message());
    if (!escape_html) parsed.set_custom_escape([](const std::string& plain) { return plain; });
    return parsed;
}

struct catalogue {
    ms::mustache layout{parse(texts::layout_html, true)};
    std::map<std::string, message_template, std::less<>> messages;

    catalogue() {
        add("welcome", texts::welcome_subject, texts::welcome_text, texts::welcome_html);
        add("task_completed",
            texts::task_completed_subject,
            texts::task_completed_text,
            texts::task_completed_html);
        add("verify_email", texts::verify_email_subject, texts::verify_email_text, texts::verify_email_html);
        add("reset_password",
            texts::reset_password_subject,
            texts::reset_password_text,
            texts::reset_password_html);
        add("task_failed", texts::task_failed_subject, texts::task_failed_text, texts::task_failed_html);
    }

    void add(std::string name, std::string_view subject, std::string_view text, std::string_view html) {
        messages.emplace(
            std::move(name), message_template{parse(subject, false), parse(text, false), parse(html, true)}
        );
    }

    message_template& at(std::string_view name) {
        const auto found = messages.find(name);
        if (found == messages.end())
            throw std::invalid_argument(fmt::format("there is no template {}", name));
        return found->second;
    }
};

catalogue& shipped() {
    thread_local catalogue of_thread;
    return of_thread;
}

std::string plain(const boost::json::value& shown) {
    if (shown.is_string()) return std::string(shown.get_string());
    // Seconds to the millisecond: more digits tell a reader nothing.
    if (shown.is_double()) return fmt::format("{:.3f}", shown.get_double());
    return boost::json::serialize(shown);
}

ms::data to_data(const boost::json::object& fields) {
    ms::data data{ms::data::type::object};
    for (const auto& [name, value] : fields) {
        if (value.is_bool()) {
            data.set(std::string(name), ms::data{value.get_bool()});
        } else {
            data.set(std::string(name), ms::data{plain(value)});
        }
    }
    return data;
}

// How somebody is called: as the contact says, or as the event does where the contact is not known yet.
std::string name_of(const contact& to, const boost::json::object& event_fields) {
    if (!to.first_name.empty()) return to.first_name;
    if (!to.username.empty()) return to.username;
    for (const auto* member : {"firstName", "username"}) {
        const auto* found = event_fields.if_contains(member);
        if (found != nullptr && found->is_string()) return std::string(found->get_string());
    }
    return {};
}

std::string without_line_end(std::string text) {
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
    return text;
}

}  // namespace

bool has_template(std::string_view name) {
    return shipped().messages.contains(name);
}

std::string render_subject(std::string_view name, const boost::json::object& event_fields) {
    ms::data model{ms::data::type::object};
    model.set("event", to_data(event_fields));
    return without_line_end(shipped().at(name).subject.render(model));
}

rendered render(
    std::string_view name,
    std::string subject,
    const boost::json::object& event_fields,
    const contact& to,
    const std::string& public_url
) {
    auto& parsed = shipped().at(name);
    ms::data model{ms::data::type::object};
    model.set("event", to_data(event_fields));
    ms::data user{ms::data::type::object};
    user.set("username", to.username);
    user.set("email", to.email);
    model.set("user", user);
    model.set("name", name_of(to, event_fields));
    if (!public_url.empty()) model.set("publicUrl", public_url);

    ms::data page{ms::data::type::object};
    page.set("subject", subject);
    page.set("body", without_line_end(parsed.html.render(model)));
    return {std::move(subject), parsed.text.render(model), shipped().layout.render(page)};
}

}  // namespace esm::notifications
