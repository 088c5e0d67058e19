// See template_file.hpp.
#include "services/notifications/templates/template_file.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/base/event_type.hpp"
#include "platform/base/utf8.hpp"
#include "platform/config/nearest.hpp"
#include "services/notifications/templates/locale.hpp"

namespace esm::notifications {

namespace {

constexpr std::string_view suffix = ".mustache";

bool is_word(std::string_view text) {
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char each) {
        return (each >= 'a' && each <= 'z') || each == '_';
    });
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// "email.subject" of `{{! email.subject }}`; empty for any other line.
std::string_view heading_of(std::string_view line) {
    auto rest = trim(line);
    if (!rest.starts_with("{{!") || !rest.ends_with("}}")) return {};
    rest = trim(rest.substr(3, rest.size() - 5));
    const auto dot = rest.find('.');
    if (dot == std::string_view::npos) return {};
    return is_word(rest.substr(0, dot)) && is_word(rest.substr(dot + 1)) ? rest : std::string_view{};
}

std::string heading(std::string_view channel, std::string_view name) {
    return fmt::format("{}.{}", channel, name);
}

error at_line(std::size_t line, std::string_view what) {
    return fail(errc::validation_failed, fmt::format("line {}: {}", line, what));
}

std::string unknown_part(std::string_view given) {
    std::vector<std::string> known;
    for (const auto& each : all_parts()) known.push_back(heading(each.channel, each.name));
    const auto meant = config::nearest_name(given, known);
    if (!meant.empty()) return fmt::format("there is no part {}; did you mean {}?", given, meant);
    return fmt::format("there is no part {}; there are {}", given, fmt::join(known, ", "));
}

std::string with_unix_line_ends(std::string_view text) {
    std::string kept;
    kept.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') continue;
        kept += text[i];
    }
    return kept;
}

// Appends the part that `named` begins after line `line`.
result<void> begin_part(std::vector<file_part>& parts, std::string_view named, std::size_t line) {
    const auto dot = named.find('.');
    const auto channel = named.substr(0, dot), name = named.substr(dot + 1);
    if (find_part(channel, name) == nullptr) return at_line(line, unknown_part(named));
    for (const auto& each : parts) {
        if (each.channel == channel && each.name == name) {
            return at_line(line, fmt::format("{} stands in line {} already", named, each.first_line - 1));
        }
    }
    parts.push_back({std::string(channel), std::string(name), {}, line + 1});
    return {};
}

}  // namespace

result<file_name> parse_file_name(std::string_view name) {
    const auto refuse = [&] {
        return fail(
            errc::validation_failed,
            fmt::format(
                "{} is not named EVENT_TYPE.LOCALE.mustache, as task.completed.v1.de.mustache is",
                cut_utf8(name, 2 * event_type_max)
            )
        );
    };
    if (!name.ends_with(suffix)) return refuse();
    const auto stem = name.substr(0, name.size() - suffix.size());
    const auto dot = stem.rfind('.');
    if (dot == std::string_view::npos || !is_event_type(stem.substr(0, dot))) return refuse();
    auto locale = normalise_locale(stem.substr(dot + 1));
    if (!locale) return refuse();
    return file_name{std::string(stem.substr(0, dot)), std::move(*locale)};
}

std::string to_text(const file_name& shown) {
    return fmt::format("{}.{}{}", shown.event_type, shown.locale, suffix);
}

result<std::vector<file_part>> parse_template_file(std::string_view text) {
    if (!is_utf8(text)) return fail(errc::validation_failed, "the file is not UTF-8");
    const auto whole = with_unix_line_ends(text);
    std::vector<file_part> parts;
    std::string_view rest = whole;
    for (std::size_t line = 1; !rest.empty(); ++line) {
        const auto end =
            std::min(rest.find('\n'), rest.size() - 1) + 1;  // after the line end, if there is one
        const auto whole_line = rest.substr(0, end);
        const auto shown = whole_line.ends_with('\n') ? whole_line.substr(0, end - 1) : whole_line;
        rest.remove_prefix(end);
        if (const auto named = heading_of(shown); !named.empty()) {
            if (const auto begun = begin_part(parts, named, line); !begun) return begun.error();
        } else if (!parts.empty()) {
            parts.back().text += whole_line;
        } else if (!trim(shown).empty()) {
            return at_line(
                line, "the text belongs to no part; a part begins with {{! email.subject }} or alike"
            );
        }
    }
    if (parts.empty()) return fail(errc::validation_failed, "the file has no part");
    for (auto& each : parts) {
        if (each.text.ends_with('\n')) each.text.pop_back();
    }
    return parts;
}

std::string write_template_file(const std::vector<file_part>& parts) {
    std::string written;
    for (const auto& each : parts) {
        written += fmt::format("{{{{! {} }}}}\n{}\n", heading(each.channel, each.name), each.text);
    }
    return written;
}

bool is_part_heading(std::string_view line) {
    return !heading_of(line).empty();
}

part_texts texts_of(const std::vector<file_part>& parts, std::string_view channel) {
    part_texts found;
    for (const auto& each : parts) {
        if (each.channel == channel) found.emplace(each.name, each.text);
    }
    return found;
}

}  // namespace esm::notifications
