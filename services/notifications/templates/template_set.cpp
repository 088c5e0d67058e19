// See template_set.hpp.
#include "services/notifications/templates/template_set.hpp"

#include <fmt/format.h>

#include "platform/base/utf8.hpp"
#include "services/notifications/templates/locale.hpp"
#include "services/notifications/templates/shipped.hpp"
#include "services/notifications/templates/template_tags.hpp"

namespace esm::notifications {

namespace {

// No part of a key has a line end.
std::string key_of(std::string_view event_type, std::string_view channel, std::string_view locale) {
    std::string key;
    key.reserve(event_type.size() + channel.size() + locale.size() + 2);
    return key.append(event_type).append("\n").append(channel).append("\n").append(locale);
}

// Why the renderer cannot take the template; empty: it can.
std::string fault_of(const stored_template& given) {
    const auto rules = parts_of(given.channel);
    if (rules.empty()) return "the channel has no templates";
    if (!normalise_locale(given.locale)) return "the locale has another form than de-AT";
    for (const auto& rule : rules) {
        const auto part = given.parts.find(rule.name);
        if (part == given.parts.end()) return fmt::format("the {} is missing", rule.name);
        const auto& text = part->second;
        const bool is_large = (rule.bytes_max > 0 && text.size() > rule.bytes_max) ||
                              (rule.characters_max > 0 && count_characters(text) > rule.characters_max + 1);
        if (is_large) return fmt::format("the {} is too large", rule.name);
        const auto scanned = scan_tags(text);
        if (!scanned.problems.empty()) {
            const auto& first = scanned.problems.front();
            return fmt::format("{}:{}:{}: {}", rule.name, first.line, first.column, first.message);
        }
    }
    return {};
}

}  // namespace

template_set::template_set(std::vector<stored_template> stored, std::string default_locale)
    : default_locale_(std::move(default_locale)) {
    for (const auto& each : shipped_templates()) {
        by_key_.emplace(key_of(each->event_type, each->channel, each->locale), each);
    }
    for (auto& each : stored) add_stored(each);
}

void template_set::add_stored(stored_template& given) {
    if (const auto fault = fault_of(given); !fault.empty()) {
        refused_.push_back(fmt::format("{} {} {}: {}", given.event_type, given.channel, given.locale, fault));
        return;
    }
    auto locale = *normalise_locale(given.locale);
    auto& place = by_key_[key_of(given.event_type, given.channel, locale)];
    if (place && place->version >= given.version) return;
    place = make_template(
        std::move(given.event_type),
        std::move(given.channel),
        std::move(locale),
        given.version,
        std::move(given.parts)
    );
}

std::shared_ptr<const message_template> template_set::find(
    std::string_view event_type, std::string_view channel, std::string_view locale
) const {
    for (const auto& each : fallback_locales(locale, default_locale_)) {
        if (const auto found = by_key_.find(key_of(event_type, channel, each)); found != by_key_.end()) {
            return found->second;
        }
    }
    return nullptr;
}

}  // namespace esm::notifications
