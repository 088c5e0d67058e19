// What the templates of one event type may show: of a shipped one as the program knows it, of another as its
// stored rule names it. Owns the names; moved, not copied, since views point at them.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "platform/base/result.hpp"
#include "services/notifications/rules/rule.hpp"
#include "services/notifications/templates/event_fields.hpp"

namespace esm::notifications {

class known_fields {
public:
    explicit known_fields(const event_fields& shipped) : shown_(shipped) {}
    explicit known_fields(const rule& of);
    known_fields(known_fields&&) = default;
    known_fields& operator=(known_fields&&) = default;
    known_fields(const known_fields&) = delete;
    known_fields& operator=(const known_fields&) = delete;

    const event_fields& get() const { return shown_; }

private:
    std::vector<std::string> names_;  // the event type and those of its fields
    std::vector<event_field> fields_;
    event_fields shown_;
};

// A realistic event of a shipped type; of another one each field shows its own name.
boost::json::object sample_event(const event_fields& known);

// What is wrong with an event that somebody makes up to see a template with: fields that no event of this
// type has, and values that none can have.
std::vector<field_error> check_event(const boost::json::object& given, const event_fields& known);

}  // namespace esm::notifications
