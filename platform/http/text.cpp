// See text.hpp.
#include "platform/http/text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/base/utf8.hpp"

namespace esm::http {

namespace {

constexpr std::size_t query_parameters_max = 100;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
}

int hex_digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    const char low = lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

// Origin form of a target; nothing for other forms than the two that name a resource.
std::optional<std::string_view> origin_form(std::string_view target) {
    if (target.starts_with('/')) return target;
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (!equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
        const auto rest = target.substr(scheme.size());
        const auto authority_end = std::min(rest.find_first_of("/?"), rest.size());
        if (authority_end == 0) return std::nullopt;
        const auto path = rest.substr(authority_end);
        return path.starts_with('/') ? path : std::string_view("/");
    }
    return std::nullopt;
}

bool parse_query(std::string_view text, std::vector<std::pair<std::string, std::string>>& into) {
    while (!text.empty()) {
        const auto pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(pair.size() + 1, text.size()));
        if (pair.empty()) continue;
        const auto equals = std::min(pair.find('='), pair.size());
        auto name = percent_decode(pair.substr(0, equals), true);
        auto value = percent_decode(pair.substr(std::min(equals + 1, pair.size())), true);
        if (!name || !value || into.size() == query_parameters_max) return false;
        into.emplace_back(std::move(*name), std::move(*value));
    }
    return true;
}

bool has_escaped_slash(std::string_view path) {
    for (auto at = path.find("%2"); at != std::string_view::npos; at = path.find("%2", at + 1)) {
        if (at + 2 < path.size() && lower(path[at + 2]) == 'f') return true;
    }
    return false;
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        return lower(x) == lower(y);
    });
}

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(" \t");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::string lower_case(std::string_view text) {
    std::string lowered(text);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), lower);
    return lowered;
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
    std::string decoded;
    decoded.reserve(text.size());
    bool plain = true;  // only ASCII, so there is nothing to check as UTF-8
    for (std::size_t i = 0; i < text.size(); ++i) {
        char c = text[i];
        if (c == '%') {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) return std::nullopt;
            c = static_cast<char>(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus_is_space) {
            c = ' ';
        }
        if (is_control(c)) return std::nullopt;
        if (static_cast<unsigned char>(c) >= 0x80) plain = false;
        decoded += c;
    }
    if (!plain && !is_utf8(decoded)) return std::nullopt;
    return decoded;
}

std::string percent_encode(std::string_view text) {
    constexpr std::string_view unreserved_marks = "-._~";
    std::string encoded;
    for (const char c : text) {
        const char low = lower(c);
        const bool unreserved = (low >= 'a' && low <= 'z') || (c >= '0' && c <= '9') ||
                                unreserved_marks.find(c) != std::string_view::npos;
        if (unreserved) {
            encoded += c;
        } else {
            encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return encoded;
}

std::optional<parsed_target> parse_target(std::string_view target) {
    const auto origin = origin_form(target);
    if (!origin) return std::nullopt;
    const auto question = std::min(origin->find('?'), origin->size());
    const auto raw_path = origin->substr(0, question);
    if (origin->find('#') != std::string_view::npos || has_escaped_slash(raw_path)) return std::nullopt;
    auto path = percent_decode(raw_path, false);
    if (!path) return std::nullopt;
    parsed_target parsed{std::move(*path), {}};
    if (question < origin->size() && !parse_query(origin->substr(question + 1), parsed.query))
        return std::nullopt;
    return parsed;
}

}  // namespace esm::http
