// The e-mail challenges in REGISTRATIONS: the only place that names their queries. Stateless; every call
// takes the caller's transaction or database.
#pragma once

#include <array>

#include "platform/db/database.hpp"
#include "services/users/challenge.hpp"

namespace esm::users::challenge_store {

void insert(db::transaction& tx, const challenge& added);

awaitable<std::optional<challenge>> find(
    db::database& source, const std::string& challenge_id, deadline until
);
// The newest one for the address that is neither used nor over; its guesses may be used up.
awaitable<std::optional<challenge>> find_newest(
    db::database& source,
    const std::string& email,
    std::array<challenge_purpose, 2> purposes,
    instant_us now,
    deadline until
);

// Locks the row until the transaction ends.
awaitable<std::optional<challenge>> lock(db::transaction& tx, const std::string& challenge_id);
void count_guess(db::transaction& tx, const challenge& of);
// Ends it and the user's others of its purpose.
void use(db::transaction& tx, const challenge& of, instant_us now);

// Ends all of the user's: with other credentials nobody who knew the old ones may go on.
void end_all(db::transaction& tx, std::int64_t user_id, instant_us now);

// Deletes at most `limit` that are over.
awaitable<void> forget_old(db::database& target, std::int64_t limit, deadline until);

}  // namespace esm::users::challenge_store
