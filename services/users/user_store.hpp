// The accounts in REGISTRATIONS: the only place that names the service's queries. Stateless; every call takes
// the caller's transaction or database.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "platform/db/database.hpp"
#include "services/users/user.hpp"

namespace esm::users::user_store {

struct account {
    user who;
    std::string password_hash;
};

enum class taken : std::uint8_t { none, username, email };

// What is answered about a name that is taken, with a pointer to its field.
error username_taken();
error email_taken();

// Inserts unless the username or the e-mail address is taken; answers which.
awaitable<taken> insert(db::transaction& tx, const user& added, const std::string& password_hash);

awaitable<std::optional<user>> find(db::database& source, std::int64_t user_id, deadline until);
awaitable<std::optional<account>> find_account(db::database& source, std::int64_t user_id, deadline until);
// Unknown ids are left out; in order of id.
awaitable<std::vector<user>> find_many(db::database& source, std::vector<std::int64_t> ids, deadline until);
// By e-mail address where the identifier has an @, else by username.
awaitable<std::optional<account>> find_by_identifier(
    db::database& source, std::string identifier, deadline until
);

awaitable<bool> is_email_of_another(db::transaction& tx, const std::string& email, std::int64_t user_id);

// Locks the account's row until the transaction ends: changes of one account come one after the other.
awaitable<std::optional<account>> lock(db::transaction& tx, std::int64_t user_id);
// Everything but the username and the password hash, of a row that is locked. The e-mail address must be
// free: a taken one fails the transaction.
void save(db::transaction& tx, const user& changed);
void set_password(db::transaction& tx, std::int64_t user_id, const std::string& password_hash);
void remove(db::transaction& tx, std::int64_t user_id);

// Replaces an outdated hash, unless the password was changed meanwhile.
awaitable<void> replace_hash(
    db::database& target,
    std::int64_t user_id,
    const std::string& old_hash,
    const std::string& new_hash,
    deadline until
);

}  // namespace esm::users::user_store
