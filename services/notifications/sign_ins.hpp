// Which logins are from a place that their user has not logged in from: those are told to the user. A place
// is what the client calls itself, without the numbers of its versions, and the network it came from.
#pragma once

#include <string_view>
#include <vector>

#include "platform/db/database.hpp"
#include "services/notifications/draft_messages.hpp"

namespace esm::notifications::sign_ins {

inline bool tells_a_login(std::string_view event_type) {
    return event_type == "auth.login_succeeded.v1";
}

// Remembers the places of the batch's logins, and adds for each that is new to its user what the rule for new
// sign-ins applies to. The first place of a user is never news.
awaitable<void> add_new(db::transaction& tx, const rule_set& rules, std::vector<incoming>& batch);

struct seen_place {
    std::string fingerprint;
    instant_us seen_at{0};  // first
};
// The user's, in order of their fingerprints, those behind `after`, up to `limit`.
awaitable<std::vector<seen_place>> list(
    db::database& source, std::int64_t user_id, const std::string& after, std::size_t limit, deadline until
);

// Of a login's entity: SHA-256 in hex; empty where it names neither client nor address.
std::string fingerprint(const boost::json::object& login);

}  // namespace esm::notifications::sign_ins
