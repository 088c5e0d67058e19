// See json_decoder.hpp.
#include "platform/base/json_decoder.hpp"

#include <cmath>

#include "platform/base/json_text.hpp"
#include "platform/base/utf8.hpp"

namespace esm::json {

namespace {

constexpr std::size_t reported_fields_max =
    50;  // an answer never grows with the number of mistakes beyond this
constexpr double exact_integer_max = 9007199254740992.0;  // 2^53

std::string plural(std::size_t count, std::string_view one) {
    return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

std::optional<std::pair<std::string, std::string>> broken_text_rule(std::string_view text, text_rule rule) {
    const auto length = count_characters(text);
    if (length < rule.min_length)
        return std::pair{"too_short", "At least " + plural(rule.min_length, "character")};
    if (length > rule.max_length)
        return std::pair{"too_long", "At most " + plural(rule.max_length, "character")};
    return std::nullopt;
}

bool is_integral(const bj::value& given) {
    if (given.is_int64() || given.is_uint64()) return true;
    if (!given.is_double()) return false;
    const double number = given.get_double();
    return std::trunc(number) == number && std::abs(number) <= exact_integer_max;
}

// The 64-bit value, or nothing when it is larger than that.
std::optional<std::int64_t> to_integer(const bj::value& given) {
    if (given.is_int64()) return given.get_int64();
    if (given.is_double()) return static_cast<std::int64_t>(given.get_double());
    return std::nullopt;  // Boost.JSON makes an unsigned only of what does not fit the signed type
}

}  // namespace

decoder::decoder(const bj::object& object, std::string pointer)
    : object_(object), pointer_(std::move(pointer)) {}

const bj::value* decoder::find(std::string_view name, bool required) {
    known_.emplace_back(name);
    const auto* found = object_.if_contains(name);
    if (!found && required) {
        malformed_ = true;
        reject(name, "required", "This field is required");
    }
    return found;
}

void decoder::wrong_type(std::string_view name, std::string_view expected) {
    malformed_ = true;
    reject(name, "wrong_type", fmt::format("Must be {}", expected));
}

void decoder::reject(std::string_view name, std::string code, std::string message) {
    if (fields_.size() >= reported_fields_max) return;
    fields_.push_back(
        {fmt::format("{}/{}", pointer_, pointer_token(name)), std::move(code), std::move(message)}
    );
}

void decoder::wrong_item(std::string_view name, std::size_t at, std::string_view expected) {
    malformed_ = true;
    if (fields_.size() >= reported_fields_max) return;
    fields_.push_back(
        {fmt::format("{}/{}/{}", pointer_, pointer_token(name), at),
         "wrong_type",
         fmt::format("Must be {}", expected)}
    );
}

std::string decoder::text(std::string_view name, text_rule rule) {
    if (!find(name, true)) return {};
    known_.pop_back();
    return optional_text(name, rule).value_or(std::string{});
}

std::optional<std::string> decoder::optional_text(std::string_view name, text_rule rule) {
    const auto* found = find(name, false);
    if (!found) return std::nullopt;
    if (!found->is_string()) {
        wrong_type(name, "a string");
        return std::nullopt;
    }
    const std::string_view given = found->get_string();
    if (auto broken = broken_text_rule(given, rule)) {
        reject(name, std::move(broken->first), std::move(broken->second));
        return std::nullopt;
    }
    return std::string(given);
}

std::int64_t decoder::integer(std::string_view name, std::int64_t minimum, std::int64_t maximum) {
    if (!find(name, true)) return minimum;
    known_.pop_back();
    return optional_integer(name, minimum, maximum).value_or(minimum);
}

std::optional<std::int64_t> decoder::optional_integer(
    std::string_view name, std::int64_t minimum, std::int64_t maximum
) {
    const auto* found = find(name, false);
    if (!found) return std::nullopt;
    if (!is_integral(*found)) {
        wrong_type(name, "an integer");
        return std::nullopt;
    }
    const auto given = to_integer(*found);
    if (!given || *given < minimum || *given > maximum) {
        reject(name, "out_of_range", fmt::format("From {} to {}", minimum, maximum));
        return std::nullopt;
    }
    return given;
}

std::optional<bool> decoder::optional_boolean(std::string_view name) {
    const auto* found = find(name, false);
    if (!found) return std::nullopt;
    if (!found->is_bool()) {
        wrong_type(name, "true or false");
        return std::nullopt;
    }
    return found->get_bool();
}

std::optional<instant_us> decoder::optional_instant(std::string_view name) {
    const auto* found = find(name, false);
    if (!found) return std::nullopt;
    if (!found->is_string()) {
        wrong_type(name, "an RFC 3339 date-time string");
        return std::nullopt;
    }
    const auto given = parse_instant(found->get_string());
    if (!given)
        reject(name, "not_a_date_time", "Must be an RFC 3339 date-time, such as 2026-01-31T12:00:00Z");
    return given;
}

std::optional<std::string> decoder::optional_choice(
    std::string_view name, std::initializer_list<std::string_view> allowed
) {
    const auto* found = find(name, false);
    if (!found) return std::nullopt;
    if (!found->is_string()) {
        wrong_type(name, "a string");
        return std::nullopt;
    }
    const std::string_view given = found->get_string();
    if (std::find(allowed.begin(), allowed.end(), given) != allowed.end()) return std::string(given);
    reject(name, "not_allowed", fmt::format("One of {}", fmt::join(allowed, ", ")));
    return std::nullopt;
}

const bj::object* decoder::object(std::string_view name) {
    if (!find(name, true)) return nullptr;
    known_.pop_back();
    return optional_object(name);
}

const bj::object* decoder::optional_object(std::string_view name) {
    const auto* found = find(name, false);
    if (!found) return nullptr;
    if (!found->is_object()) wrong_type(name, "an object");
    return found->if_object();
}

const bj::array* decoder::array(std::string_view name, std::size_t max_items) {
    if (!find(name, true)) return nullptr;
    known_.pop_back();
    return optional_array(name, max_items);
}

const bj::array* decoder::optional_array(std::string_view name, std::size_t max_items) {
    const auto* found = find(name, false);
    if (!found) return nullptr;
    if (!found->is_array()) {
        wrong_type(name, "an array");
        return nullptr;
    }
    if (found->get_array().size() > max_items) {
        reject(name, "too_many", "At most " + plural(max_items, "item"));
        return nullptr;
    }
    return &found->get_array();
}

std::vector<std::string> decoder::text_list(std::string_view name, std::size_t max_items, text_rule each) {
    if (!find(name, true)) return {};
    known_.pop_back();
    return optional_text_list(name, max_items, each);
}

std::vector<std::string> decoder::optional_text_list(
    std::string_view name, std::size_t max_items, text_rule each
) {
    std::vector<std::string> texts;
    const auto* items = optional_array(name, max_items);
    if (!items) return texts;
    for (std::size_t i = 0; i < items->size(); ++i) {
        const auto* item = (*items)[i].if_string();
        if (!item) {
            wrong_item(name, i, "a string");
            continue;
        }
        const auto at = fmt::format("{}/{}/{}", pointer_, pointer_token(name), i);
        if (auto broken = broken_text_rule(*item, each); broken && fields_.size() < reported_fields_max) {
            fields_.push_back({at, std::move(broken->first), std::move(broken->second)});
        }
        texts.emplace_back(*item);
    }
    return texts;
}

std::optional<error> decoder::finish() {
    for (const auto& member : object_) {
        const std::string_view name = member.key();
        if (std::find(known_.begin(), known_.end(), name) != known_.end()) continue;
        malformed_ = true;
        reject(name, "unknown_field", "There is no such field");
    }
    if (fields_.empty()) return std::nullopt;
    auto found = fail(
        malformed_ ? errc::malformed_request : errc::validation_failed,
        fields_.size() == 1 ? "1 field is wrong" : fmt::format("{} fields are wrong", fields_.size())
    );
    found.fields = std::move(fields_);
    fields_.clear();
    return found;
}

}  // namespace esm::json
