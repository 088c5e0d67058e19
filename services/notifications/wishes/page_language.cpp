// See page_language.hpp.
#include "services/notifications/wishes/page_language.hpp"

#include <charconv>
#include <optional>
#include <string>

#include "platform/http/text.hpp"

namespace esm::notifications {

namespace {

struct weighted {
    std::string name;
    double weight{1};  // 0: not this one
};

// RFC 9110 section 12.4.2: "q=0.8"; a weight that is none counts as not wanted.
double weight_in(std::string_view parameters) {
    while (!parameters.empty()) {
        const auto end = parameters.find(';');
        const auto each = http::trim(parameters.substr(0, end));
        if (each.starts_with("q=") || each.starts_with("Q=")) {
            double weight = 0;
            const auto* last = each.data() + each.size();
            const auto [stopped, failure] = std::from_chars(each.data() + 2, last, weight);
            return failure == std::errc{} && stopped == last ? weight : 0;
        }
        if (end == std::string_view::npos) break;
        parameters.remove_prefix(end + 1);
    }
    return 1;
}

// The next element of the list, which it is taken from.
weighted take(std::string_view& list) {
    const auto end = list.find(',');
    const auto element = list.substr(0, end);
    list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    const auto semicolon = element.find(';');
    weighted read{http::lower_case(http::trim(element.substr(0, semicolon)))};
    if (semicolon != std::string_view::npos) read.weight = weight_in(element.substr(semicolon + 1));
    return read;
}

std::optional<page_language> language_named(std::string_view tag) {
    const auto language = tag.substr(0, tag.find('-'));
    if (language == "de") return page_language::german;
    if (language == "en") return page_language::english;
    return std::nullopt;
}

}  // namespace

page_language choose_language(std::string_view accept_language) {
    auto chosen = page_language::english;
    double best = 0;
    while (!accept_language.empty()) {
        const auto each = take(accept_language);
        const auto named = language_named(each.name);
        if (!named || each.weight <= best) continue;
        chosen = *named;
        best = each.weight;
    }
    return chosen;
}

bool asks_for_page(std::string_view accept) {
    while (!accept.empty()) {
        const auto each = take(accept);
        if (each.name == "text/html") return each.weight > 0;
    }
    return false;
}

}  // namespace esm::notifications
