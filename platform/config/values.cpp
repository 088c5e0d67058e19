// See values.hpp: reading, changing and showing effective values; loader.cpp makes them.
#include "platform/config/values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "platform/config/value_text.hpp"

namespace esm::config {

namespace {

constexpr std::string_view mask = "***";

const values::entry& entry_of(
    const std::map<std::string, values::entry, std::less<>>& entries, std::string_view key, bool right_type
) {
    const auto found = entries.find(key);
    if (found == entries.end()) throw std::logic_error(fmt::format("setting {} was not declared", key));
    if (!right_type) throw std::logic_error(fmt::format("setting {} has another type", key));
    return found->second;
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return lower;
}

// "postgresql://esm:secret@host/db" → "postgresql://esm:***@host/db". A URL reaches to the next one or to a
// blank, and its last '@' ends the password, since people forget to escape slashes in it: rather too much is
// hidden than too little.
std::string without_url_passwords(std::string text) {
    constexpr std::string_view separator = "://";
    for (auto start = text.find(separator); start != std::string::npos; start = text.find(separator, start)) {
        start += separator.size();
        const auto end = std::min({text.find(separator, start), text.find(' ', start), text.size()});
        const auto at = text.substr(start, end - start).rfind('@');
        if (at == std::string::npos) continue;
        const auto colon = text.substr(start, at).find(':');
        if (colon == std::string::npos) continue;
        text.replace(start + colon + 1, at - colon - 1, mask);
    }
    return text;
}

// "sslmode=require&sslpassword=x" and "sasl.password=x,…" → the value masked up to the next separator.
std::string without_named_secrets(std::string text) {
    for (const std::string_view name : {"password=", "passwd=", "secret=", "token="}) {
        std::string lower = lower_case(text);
        for (auto at = lower.find(name); at != std::string::npos; at = lower.find(name, at + name.size())) {
            const auto begin = at + name.size();
            const auto end = std::min(text.find_first_of("&,; ", begin), text.size());
            text.replace(begin, end - begin, mask);
            lower = lower_case(text);
        }
    }
    return text;
}

std::string toml_string(std::string_view text) {
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            quoted += '\\';
            quoted += c;
        } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            quoted += fmt::format("\\u{:04X}", static_cast<unsigned>(c));
        } else {
            quoted += c;
        }
    }
    return quoted + '"';
}

std::string toml_value(const values::entry& shown) {
    const std::string text = redacted(shown);
    switch (shown.declared.type) {
        case type::string:
            return toml_string(text);
        case type::string_list: {
            std::vector<std::string> items = split_list(text);
            for (auto& item : items) item = toml_string(item);
            return fmt::format("[{}]", fmt::join(items, ", "));
        }
        default:
            return shown.declared.secret && !text.empty() ? toml_string(text) : text;
    }
}

}  // namespace

const std::string& values::get_string(std::string_view key) const {
    const auto& found = entry_of(entries_, key, true);
    return entry_of(entries_, key, found.declared.type == type::string).value;
}

std::int64_t values::get_int(std::string_view key) const {
    const auto declared = entry_of(entries_, key, true).declared.type;
    const bool number =
        declared == type::integer || declared == type::duration_ms || declared == type::size_bytes;
    const auto& text = entry_of(entries_, key, number).value;
    std::int64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

bool values::get_bool(std::string_view key) const {
    const auto declared = entry_of(entries_, key, true).declared.type;
    return entry_of(entries_, key, declared == type::boolean).value == "true";
}

std::vector<std::string> values::get_list(std::string_view key) const {
    const auto declared = entry_of(entries_, key, true).declared.type;
    return split_list(entry_of(entries_, key, declared == type::string_list).value);
}

bool values::is_default(std::string_view key) const {
    return entry_of(entries_, key, true).origin == "default";
}

void values::set(std::string_view key, std::string value, std::string_view origin) {
    const auto found = entries_.find(key);
    if (found == entries_.end()) throw std::logic_error(fmt::format("setting {} was not declared", key));
    auto made = canonicalise(found->second.declared, value);
    if (!made.problem.empty())
        throw invalid_configuration(fmt::format("{} ({}): {}", key, origin, made.problem));
    found->second.value = std::move(made.text);
    found->second.origin = origin;
}

std::string redacted(const values::entry& shown) {
    if (shown.value.empty()) return {};
    if (shown.declared.secret) return std::string(mask);
    return without_named_secrets(without_url_passwords(shown.value));
}

std::string describe(const values& effective) {
    std::string text;
    std::string_view section;
    for (const auto& [key, shown] : effective.entries()) {
        if (shown.declared.section != section) {
            section = shown.declared.section;
            text += fmt::format("{}[{}]\n", text.empty() ? "" : "\n", section);
        }
        text += fmt::format("{} = {}  # {}\n", shown.declared.name, toml_value(shown), shown.origin);
    }
    return text;
}

std::optional<std::chrono::milliseconds> read_duration(std::string_view text) {
    property any{.section = {}, .name = {}, .type = type::duration_ms};
    any.minimum = 0;
    const auto read = canonicalise(any, text);
    if (!read.problem.empty()) return std::nullopt;
    return std::chrono::milliseconds(std::stoll(read.text));
}

}  // namespace esm::config
