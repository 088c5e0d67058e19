// See lint_names.hpp.
#include "services/notifications/templates/lint_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "platform/config/nearest.hpp"

namespace esm::notifications {

namespace {

const model_value* member_of(const model_value& object, std::string_view name) {
    for (const auto& each : object.members) {
        if (each.name == name) return &each;
    }
    return nullptr;
}

std::vector<model_value> fields_of(const event_fields& known) {
    std::vector<model_value> fields;
    for (const auto& each : known.fields) {
        model_value field{std::string(each.name), {}, !each.members.empty()};
        for (const auto member : each.members) field.members.push_back({std::string(member)});
        fields.push_back(std::move(field));
    }
    return fields;
}

// Full names, "event.taskId" among them; a list's members are known in its section alone.
void collect(const model_value& object, const std::string& prefix, std::vector<std::string>& names) {
    for (const auto& each : object.members) {
        const auto name = prefix + each.name;
        names.push_back(name);
        if (!each.is_list) collect(each, name + ".", names);
    }
}

}  // namespace

model_value model_of(const event_fields& known) {
    model_value model;
    model.members = {
        {"name"},
        {"user", {{"username"}, {"email"}}},
        {"publicUrl", {}, false, true},
        {"unsubscribeUrl", {}, false, true},
        {"locale", {}, false, true},
    };
    auto fields = fields_of(known);
    if (known.event_type == digest_event_type) {
        std::move(fields.begin(), fields.end(), std::back_inserter(model.members));
    } else {
        model.members.push_back({"event", std::move(fields)});
    }
    return model;
}

const model_value* name_scope::find(std::string_view name) const {
    for (auto level = around_.rbegin(); level != around_.rend(); ++level) {
        const auto* value = level->value;
        auto rest = name;
        while (value != nullptr && !rest.empty()) {
            const auto dot = std::min(rest.find('.'), rest.size());
            // A list has no members by a dot: only its section has.
            const bool passes = value == level->value || !value->is_list;
            value = passes ? member_of(*value, rest.substr(0, dot)) : nullptr;
            rest.remove_prefix(std::min(dot + 1, rest.size()));
        }
        if (value != nullptr) return value;
    }
    return nullptr;
}

bool name_scope::is_ours(std::string_view name) const {
    const auto* found = name == "." ? around_.back().value : find(name);
    return found != nullptr && found->is_ours;
}

std::string name_scope::unknown(std::string_view name) const {
    std::vector<std::string> known;
    for (const auto& level : around_) {
        if (level.value != nullptr) collect(*level.value, {}, known);
    }
    const auto what = name.starts_with("event.") && event_type_ != digest_event_type
                          ? fmt::format("{} is no field of {}", name, event_type_)
                          : fmt::format("no message of {} has {}", event_type_, name);
    const auto meant = config::nearest_name(name, known);
    return meant.empty() ? what : fmt::format("{}; did you mean {}?", what, meant);
}

std::string name_scope::check_dot(const tag& next) const {
    const auto* around = around_.back().value;
    if (next.kind != tag_kind::variable && next.kind != tag_kind::unescaped) {
        return "a section needs a name, not a dot";
    }
    const bool is_text = around_.size() > 1 && around != nullptr && around->members.empty();
    return is_text ? std::string{} : std::string("a dot stands for a text, and there is none around it");
}

std::string name_scope::check_section(const tag& next) {
    const auto* found = next.name == "." ? nullptr : find(next.name);
    std::string wrong;
    if (next.name == ".") {
        wrong = check_dot(next);
    } else if (found == nullptr) {
        wrong = unknown(next.name);
    }
    // A list within itself would render as often as the power of its length.
    for (const auto& level : around_) {
        if (found != nullptr && found->is_list && level.value == found) {
            wrong = fmt::format("the section {} is open already", next.name);
        }
    }
    // What is not there, as in an inverted section, has no members.
    around_.push_back({next.kind == tag_kind::section ? found : nullptr, next.name});
    return wrong;
}

std::string name_scope::check(const tag& next) {
    switch (next.kind) {
        case tag_kind::comment:
            return {};
        case tag_kind::closing:
            if (around_.size() > 1) around_.pop_back();
            return {};
        case tag_kind::section:
        case tag_kind::inverted:
            return check_section(next);
        default:
            break;
    }
    if (next.name == ".") return check_dot(next);
    const auto* found = find(next.name);
    if (found == nullptr) return unknown(next.name);
    if (!found->members.empty()) {
        return fmt::format("{} is no text; open it as a section with {{{{#{}}}}}", next.name, next.name);
    }
    return {};
}

}  // namespace esm::notifications
