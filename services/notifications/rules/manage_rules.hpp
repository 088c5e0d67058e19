// What administrators do with rules: read them, lay one over a shipped one, make one for an event type of
// their own, take it back. Made for one request, on its shard.
#pragma once

#include <functional>
#include <optional>

#include "platform/base/context.hpp"
#include "services/notifications/catalogue/catalogue.hpp"

namespace esm::notifications {

class manage_rules {
public:
    // What a condition says of the version in force; nothing where there is none.
    using check_before = std::function<result<void>(std::optional<std::int64_t> in_force)>;

    manage_rules(db::database& database, catalogue& texts) : database_(database), texts_(texts) {}

    // All in force, by event type.
    awaitable<std::vector<rule>> list(deadline until);
    // errc::not_found where no message comes of such events.
    awaitable<result<rule>> find(const std::string& event_type, deadline until);

    struct saved {
        rule now;
        bool is_new{false};  // there was none in force
    };
    // As read_rule read it. errc::validation_failed where a template in force would show a field that the
    // rule does not name any more; what `check` answers.
    awaitable<result<saved>> save(const context& ctx, const rule& given, const check_before& check);
    // Back to the shipped one or to none. errc::not_found where there is none; what `check` answers.
    awaitable<result<void>> remove(
        const context& ctx, const std::string& event_type, const check_before& check
    );

private:
    // A change to be made; without a rule it takes back what is stored.
    struct wanted {
        const std::string& event_type;
        const std::optional<rule> what;
        const check_before& check;
    };
    struct written {
        catalogue_store::kept_rule now;  // version 0: nothing was to be done
        bool is_new{false};
    };
    awaitable<result<written>> change(const context& ctx, const wanted& what);
    awaitable<result<std::optional<written>>> write(db::transaction& tx, const wanted& what);
    awaitable<result<void>> check_templates(const rule& given, deadline until);

    db::database& database_;
    catalogue& texts_;
};

}  // namespace esm::notifications
