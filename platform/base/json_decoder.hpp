// Decodes a JSON request body into a domain input and collects every offending field, so that one answer
// names all of them. Parsing refuses duplicate keys, depth over 32, invalid UTF-8 and NUL characters
// (security.md, Listening).
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/clock.hpp"
#include "platform/base/result.hpp"

namespace esm::json {

namespace bj = boost::json;

// errc::malformed_request with the offset in the detail when `text` is not one acceptable JSON document.
result<bj::value> parse(std::string_view text);

// errc::malformed_request unless `text` is a JSON object.
result<bj::object> parse_object(std::string_view text);

struct text_rule {
    std::size_t min_length{0};  // in characters (code points)
    std::size_t max_length{256};
};

// Reads members of one object by name. Members never asked for are reported by `finish` as unknown_field. A
// missing required member, a wrong type or a broken rule is recorded under its JSON pointer, and a default is
// returned.
class decoder {
public:
    explicit decoder(const bj::object& object, std::string pointer = {});

    std::string text(std::string_view name, text_rule rule);
    std::optional<std::string> optional_text(std::string_view name, text_rule rule);
    std::int64_t integer(std::string_view name, std::int64_t minimum, std::int64_t maximum);
    std::optional<std::int64_t> optional_integer(
        std::string_view name, std::int64_t minimum, std::int64_t maximum
    );
    std::optional<bool> optional_boolean(std::string_view name);
    std::optional<instant_us> optional_instant(std::string_view name);
    // The value's place among `allowed`, as text.
    std::optional<std::string> optional_choice(
        std::string_view name, std::initializer_list<std::string_view> allowed
    );
    // Any object; nullptr when it is missing, which is recorded, or no object.
    const bj::object* object(std::string_view name);
    // Any object; nullptr when absent.
    const bj::object* optional_object(std::string_view name);
    const bj::array* array(std::string_view name, std::size_t max_items);
    const bj::array* optional_array(std::string_view name, std::size_t max_items);
    std::vector<std::string> text_list(std::string_view name, std::size_t max_items, text_rule each);
    std::vector<std::string> optional_text_list(std::string_view name, std::size_t max_items, text_rule each);

    // Records a broken rule found by the caller ("pattern", "not a date", …).
    void reject(std::string_view name, std::string code, std::string message);
    // Records that an item of the array `name` is not `expected`, "a string".
    void wrong_item(std::string_view name, std::size_t at, std::string_view expected);
    bool rejected() const { return !fields_.empty(); }

    // The error that names every recorded field (unknown and missing fields and wrong types: 400
    // malformed_request; only broken rules: 422 validation_failed), or nothing.
    std::optional<error> finish();

private:
    const bj::value* find(std::string_view name, bool required);
    void wrong_type(std::string_view name, std::string_view expected);

    const bj::object& object_;
    std::string pointer_;
    std::vector<std::string> known_;
    std::vector<field_error> fields_;
    bool malformed_{false};
};

}  // namespace esm::json
