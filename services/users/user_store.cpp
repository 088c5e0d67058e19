// See user_store.hpp.
#include "services/users/user_store.hpp"

#include "platform/base/words.hpp"
#include "services/users/sql.hpp"

namespace esm::users::user_store {

namespace {

account read_account(const db::row& from) {
    account read;
    read.who.user_id = from.integer(0);
    read.who.username = from.text(1);
    read.who.email = from.text(2);
    read.password_hash = from.text(3);
    read.who.first_name = from.text(4);
    read.who.last_name = from.text(5);
    read.who.date_of_birth = from.optional_text(6);
    read.who.phone = from.optional_text(7);
    read.who.locale = from.optional_text(8);
    read.who.email_verified = from.boolean(9);
    read.who.roles = split_words(from.view(10));
    read.who.version = from.integer(11);
    read.who.created_at = from.integer(12);
    read.who.updated_at = from.integer(13);
    read.who.state = from.view(14) == "locked" ? account_state::locked : account_state::active;
    read.who.credential_epoch = from.integer(15);
    return read;
}

error already_taken(errc code, std::string_view pointer, std::string_view what) {
    const auto message = fmt::format("another account has this {}", what);
    auto refusal = fail(code, message);
    refusal.fields.push_back({std::string(pointer), std::string(info(code).name), message});
    return refusal;
}

}  // namespace

error username_taken() {
    return already_taken(errc::username_taken, "/username", "username");
}

error email_taken() {
    return already_taken(errc::email_taken, "/email", "e-mail address");
}

awaitable<taken> insert(db::transaction& tx, const user& added, const std::string& password_hash) {
    const auto username_key = name_key(added.username);
    const auto email_key = name_key(added.email);
    const auto inserted = co_await tx.query(
        sql::insert_account,
        added.user_id,
        added.username,
        username_key,
        added.email,
        email_key,
        password_hash,
        added.first_name,
        added.last_name,
        added.date_of_birth,
        added.phone,
        added.locale,
        added.email_verified,
        join_words(added.roles),
        added.version,
        added.created_at
    );
    if (!inserted.empty()) co_return taken::none;
    const auto others = co_await tx.query(sql::find_taken_keys, username_key, email_key);
    for (const auto& other : others) {
        if (other.view(0) == username_key) co_return taken::username;
    }
    co_return taken::email;
}

awaitable<std::optional<account>> find_account(db::database& source, std::int64_t user_id, deadline until) {
    const auto found = co_await source.query(until, sql::find_account_by_id, user_id);
    if (found.empty()) co_return std::nullopt;
    co_return read_account(found.front());
}

awaitable<std::optional<user>> find(db::database& source, std::int64_t user_id, deadline until) {
    auto found = co_await find_account(source, user_id, until);
    if (!found) co_return std::nullopt;
    co_return std::move(found->who);
}

awaitable<std::vector<user>> find_many(db::database& source, std::vector<std::int64_t> ids, deadline until) {
    const auto found = co_await source.query(until, sql::list_accounts_by_id, std::move(ids));
    std::vector<user> users;
    users.reserve(found.size());
    for (const auto& each : found) users.push_back(read_account(each).who);
    co_return users;
}

awaitable<std::optional<account>> find_by_identifier(
    db::database& source, std::string identifier, deadline until
) {
    // A username has no @, an address always has one: the two name spaces cannot meet.
    const auto& lookup = identifier.find('@') != std::string::npos ? sql::find_account_by_email
                                                                   : sql::find_account_by_username;
    const auto found = co_await source.query(until, lookup, name_key(identifier));
    if (found.empty()) co_return std::nullopt;
    co_return read_account(found.front());
}

awaitable<bool> is_email_of_another(db::transaction& tx, const std::string& email, std::int64_t user_id) {
    const auto found = co_await tx.query(sql::find_account_by_email, name_key(email));
    co_return !found.empty() && found.front().integer(0) != user_id;
}

awaitable<std::optional<account>> lock(db::transaction& tx, std::int64_t user_id) {
    const auto found = co_await tx.query(sql::lock_account, user_id);
    if (found.empty()) co_return std::nullopt;
    co_return read_account(found.front());
}

void save(db::transaction& tx, const user& changed) {
    tx.exec(
        sql::save_account,
        changed.user_id,
        changed.email,
        name_key(changed.email),
        changed.first_name,
        changed.last_name,
        changed.date_of_birth,
        changed.phone,
        changed.locale,
        changed.email_verified,
        join_words(changed.roles),
        std::string(to_text(changed.state)),
        changed.credential_epoch,
        changed.version,
        changed.updated_at
    );
}

void set_password(db::transaction& tx, std::int64_t user_id, const std::string& password_hash) {
    tx.exec(sql::set_password_hash, user_id, password_hash);
}

void remove(db::transaction& tx, std::int64_t user_id) {
    tx.exec(sql::delete_account, user_id);
}

awaitable<void> replace_hash(
    db::database& target,
    std::int64_t user_id,
    const std::string& old_hash,
    const std::string& new_hash,
    deadline until
) {
    co_await target.query(until, sql::update_password_hash, user_id, old_hash, new_hash);
}

}  // namespace esm::users::user_store
