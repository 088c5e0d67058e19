// See checked_object.hpp.
#include "services/tasks/handlers/data/checked_object.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "platform/base/json_text.hpp"
#include "platform/base/utf8.hpp"

namespace esm::tasks::data {

std::string checked_object::pointer_to(std::string_view name) const {
    return fmt::format("{}/{}", pointer_, json::pointer_token(name));
}

void checked_object::reject(std::string_view name, std::string code, std::string message) {
    problems_.push_back({pointer_to(name), std::move(code), std::move(message)});
}

void checked_object::only(std::initializer_list<std::string_view> known) {
    for (const auto& each : given_) {
        if (std::find(known.begin(), known.end(), std::string_view(each.key())) != known.end()) continue;
        reject(
            each.key(), "unknown_field", fmt::format("there is none here; known: {}", fmt::join(known, ", "))
        );
    }
}

const bj::value* checked_object::member(std::string_view name, bool required) {
    const auto* found = given_.if_contains(name);
    if (!found && required) reject(name, "required", "is required");
    return found;
}

std::string checked_object::text(std::string_view name, bool required, std::size_t max_length) {
    const auto* found = member(name, required);
    if (!found) return {};
    if (!found->is_string()) {
        reject(name, "wrong_type", "must be a text");
        return {};
    }
    const std::string_view text = found->get_string();
    if (text.empty() || count_characters(text) > max_length) {
        reject(name, "length", fmt::format("must have 1 to {} characters", max_length));
    }
    return std::string(text);
}

std::size_t checked_object::choice(
    std::string_view name, bool required, std::initializer_list<std::string_view> allowed
) {
    const auto* found = member(name, required);
    if (!found) return 0;
    if (found->is_string()) {
        const auto at = std::find(allowed.begin(), allowed.end(), std::string_view(found->get_string()));
        if (at != allowed.end()) return static_cast<std::size_t>(at - allowed.begin());
    }
    reject(name, "not_allowed", fmt::format("must be one of {}", fmt::join(allowed, ", ")));
    return 0;
}

std::int64_t checked_object::integer(std::string_view name, std::int64_t minimum, std::int64_t maximum) {
    const auto* found = member(name, true);
    if (!found) return minimum;
    if (!found->is_int64() || found->get_int64() < minimum || found->get_int64() > maximum) {
        reject(name, "out_of_range", fmt::format("must be a whole number from {} to {}", minimum, maximum));
        return minimum;
    }
    return found->get_int64();
}

const bj::array* checked_object::array(
    std::string_view name, bool required, std::size_t items_min, std::size_t items_max
) {
    const auto* found = member(name, required);
    if (!found) return nullptr;
    if (!found->is_array()) {
        reject(name, "wrong_type", "must be an array");
        return nullptr;
    }
    const auto& items = found->get_array();
    if (items.size() < items_min || items.size() > items_max) {
        reject(name, "item_count", fmt::format("must have {} to {} items", items_min, items_max));
        return nullptr;
    }
    return &items;
}

std::vector<std::string> checked_object::distinct_texts(
    std::string_view name, std::size_t items_min, std::size_t items_max, std::size_t max_length
) {
    const auto* items = array(name, true, items_min, items_max);
    if (!items) return {};
    std::vector<std::string> texts;
    std::set<std::string_view> seen;
    for (std::size_t i = 0; i < items->size(); ++i) {
        const auto& item = (*items)[i];
        const auto at = fmt::format("{}/{}", pointer_to(name), i);
        if (!item.is_string()) {
            problems_.push_back({at, "wrong_type", "must be a text"});
            continue;
        }
        const std::string_view text = item.get_string();
        if (text.empty() || count_characters(text) > max_length) {
            problems_.push_back({at, "length", fmt::format("must have 1 to {} characters", max_length)});
        }
        if (!seen.insert(text).second) problems_.push_back({at, "duplicate", "stands twice"});
        texts.emplace_back(text);
    }
    return texts;
}

}  // namespace esm::tasks::data
