// The names that a template of one event type can use, and which of them a tag means. Private to lint.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/notifications/templates/event_fields.hpp"
#include "services/notifications/templates/template_tags.hpp"

namespace esm::notifications {

// A value of the model as far as a template can tell: a text, an object, or a list of objects.
struct model_value {
    std::string name;
    std::vector<model_value> members;
    bool is_list{false};
    bool is_ours{false};  // made by this service alone: it holds no text of anybody else
};

model_value model_of(const event_fields& known);

// Follows the sections of one part. Holds a reference to the model.
class name_scope {
public:
    name_scope(const model_value& model, std::string_view event_type)
        : event_type_(event_type), around_{{&model, {}}} {}

    // What is wrong with the tag; empty: nothing. Sections are entered, closings left.
    std::string check(const tag& next);

    // Whether the value is made by this service alone.
    bool is_ours(std::string_view name) const;

private:
    struct level {
        const model_value* value{nullptr};  // nullptr: adds no names
        std::string_view name;
    };

    const model_value* find(std::string_view name) const;
    std::string check_dot(const tag& next) const;
    std::string check_section(const tag& next);
    std::string unknown(std::string_view name) const;

    std::string_view event_type_;
    std::vector<level> around_;  // the innermost last
};

}  // namespace esm::notifications
