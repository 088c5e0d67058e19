// See template_model.hpp. Values are moved into their places: the library's own set() copies them deeply.
#include "services/notifications/templates/template_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "platform/base/clock.hpp"
#include "services/notifications/templates/event_fields.hpp"
#include "services/notifications/templates/locale.hpp"

namespace esm::notifications {

namespace {

namespace ms = kainjow::mustache;

// Those where 1.500 reads as fifteen hundred.
constexpr std::array<std::string_view, 20> comma_languages{"bg", "cs", "da", "de", "el", "es", "fi",
                                                           "fr", "hr", "hu", "it", "nb", "nl", "pl",
                                                           "pt", "ro", "ru", "sv", "tr", "uk"};

bool has_decimal_comma(std::string_view locale) {
    const auto language = language_of(locale);
    return std::find(comma_languages.begin(), comma_languages.end(), language) != comma_languages.end();
}

// "2026-11-22T20:44:46.123456Z" for people.
std::string shown_text(std::string_view text) {
    constexpr std::size_t shortest = 20, longest = 30;
    const bool may_be_instant = text.size() >= shortest && text.size() <= longest && text[4] == '-' &&
                                text[10] == 'T' && text.back() == 'Z';
    if (!may_be_instant || !parse_instant(text)) return std::string(text);
    return fmt::format("{} {} UTC", text.substr(0, 10), text.substr(11, 5));
}

std::string plain(const boost::json::value& shown, bool decimal_comma) {
    if (shown.is_string()) return shown_text(shown.get_string());
    if (!shown.is_double()) return boost::json::serialize(shown);
    // Seconds to the millisecond: more digits tell a reader nothing.
    auto text = fmt::format("{:.3f}", shown.get_double());
    if (decimal_comma) std::replace(text.begin(), text.end(), '.', ',');
    return text;
}

bool is_absent(const boost::json::value& shown) {
    return shown.is_null() || (shown.is_string() && shown.get_string().empty());
}

// The parser of events bounds the depth.
void fill(ms::data& into, const boost::json::object& fields, bool decimal_comma);

ms::data to_data(const boost::json::value& shown, bool decimal_comma) {
    if (const auto* object = shown.if_object()) {
        ms::data data{ms::data::type::object};
        fill(data, *object, decimal_comma);
        return data;
    }
    if (const auto* array = shown.if_array()) {
        ms::data data{ms::data::type::list};
        for (const auto& each : *array) data.push_back(to_data(each, decimal_comma));
        return data;
    }
    if (shown.is_bool()) return ms::data{shown.get_bool()};
    return ms::data{plain(shown, decimal_comma)};
}

void fill(ms::data& into, const boost::json::object& fields, bool decimal_comma) {
    for (const auto& [name, value] : fields) {
        if (!is_absent(value)) into[std::string(name)] = to_data(value, decimal_comma);
    }
}

void put(ms::data& into, const char* name, std::string_view value) {
    if (!value.empty()) into[name] = ms::data{std::string(value)};
}

// How somebody is called: as the contact says, or as the event does where the contact is not known yet.
std::string_view name_of(const contact& to, const boost::json::object& event) {
    if (!to.first_name.empty()) return to.first_name;
    if (!to.username.empty()) return to.username;
    for (const auto* member : {"firstName", "username"}) {
        const auto* found = event.if_contains(member);
        if (found != nullptr && found->is_string()) return found->get_string();
    }
    return {};
}

}  // namespace

ms::data make_model(const message_template& of, const message_input& given) {
    const bool decimal_comma = has_decimal_comma(of.locale);
    ms::data model{ms::data::type::object};
    if (of.event_type == digest_event_type) {
        fill(model, given.event, decimal_comma);
    } else {
        ms::data event{ms::data::type::object};
        fill(event, given.event, decimal_comma);
        model["event"] = std::move(event);
    }
    // After a digest's own fields, so that none of them stands for these.
    ms::data user{ms::data::type::object};
    put(user, "username", given.to.username);
    put(user, "email", given.to.email);
    model["user"] = std::move(user);
    put(model, "name", name_of(given.to, given.event));
    put(model, "publicUrl", given.public_url);
    put(model, "unsubscribeUrl", given.unsubscribe_url);
    put(model, "locale", of.locale);
    return model;
}

}  // namespace esm::notifications
