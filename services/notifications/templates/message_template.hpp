// One template, and the messages made of it. Immutable and shared between threads; what is parsed of it
// belongs to each thread.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "services/notifications/channel.hpp"
#include "services/notifications/contact.hpp"
#include "services/notifications/templates/parts.hpp"

namespace esm::notifications {

struct message_template {
    std::uint64_t id{0};  // no other template of this process has it
    std::string event_type, channel, locale;
    std::int64_t version{0};  // 0: shipped
    part_texts parts;
};

// With an id of its own.
std::shared_ptr<const message_template> make_template(
    std::string event_type, std::string channel, std::string locale, std::int64_t version, part_texts parts
);

// What a message is about. The views live as long as the call.
struct message_input {
    // The event's fields; of a digest `count` and `items`. A field that is null or an empty text counts as
    // absent, an RFC 3339 instant in UTC shows as "2026-11-22 20:44 UTC".
    const boost::json::object& event;
    const contact& to;
    std::string_view public_url{};       // empty: there is none
    std::string_view unsubscribe_url{};  // empty: there is none
    std::string_view subject{};          // of a message that was given one before; empty: the template's
};

// Any thread; parses the template on the thread's first use of it and keeps it parsed. The subject has one
// line, and what has a limit in characters (parts.hpp) is cut to it. In HTML, all values are escaped.
rendered render(const std::shared_ptr<const message_template>& of, const message_input& given);

// The subject or title alone; empty for a channel that has none.
std::string render_subject(const std::shared_ptr<const message_template>& of, const message_input& given);

// How many templates the calling thread holds parsed.
std::size_t count_parsed_templates();

}  // namespace esm::notifications
