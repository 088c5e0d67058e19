// See challenge_store.hpp.
#include "services/users/challenge_store.hpp"

#include "services/users/sql.hpp"
#include "services/users/user.hpp"

namespace esm::users::challenge_store {

namespace {

challenge_purpose read_purpose(std::string_view text) {
    for (const auto each :
         {challenge_purpose::email_verification,
          challenge_purpose::email_change,
          challenge_purpose::password_reset}) {
        if (to_text(each) == text) return each;
    }
    return challenge_purpose::none;
}

std::optional<challenge> read_first(const db::rows& found) {
    if (found.empty()) return std::nullopt;
    const auto row = found.front();
    challenge read;
    read.challenge_id = row.text(0);
    read.user_id = row.integer(1);
    read.purpose = read_purpose(row.view(2));
    read.email = row.text(3);
    read.guesses = row.integer(4);
    read.created_at = row.integer(5);
    read.expires_at = row.integer(6);
    read.used_at = row.optional_integer(7);
    return read;
}

}  // namespace

void insert(db::transaction& tx, const challenge& added) {
    tx.exec(
        sql::insert_challenge,
        added.challenge_id,
        added.user_id,
        std::string(to_text(added.purpose)),
        added.email,
        name_key(added.email),
        added.created_at,
        added.expires_at
    );
}

awaitable<std::optional<challenge>> find(
    db::database& source, const std::string& challenge_id, deadline until
) {
    co_return read_first(co_await source.query(until, sql::find_challenge, challenge_id));
}

awaitable<std::optional<challenge>> find_newest(
    db::database& source,
    const std::string& email,
    std::array<challenge_purpose, 2> purposes,
    instant_us now,
    deadline until
) {
    const std::string first(to_text(purposes[0])), second(to_text(purposes[1]));
    co_return read_first(
        co_await source.query(until, sql::find_newest_challenge, name_key(email), first, second, now)
    );
}

awaitable<std::optional<challenge>> lock(db::transaction& tx, const std::string& challenge_id) {
    co_return read_first(co_await tx.query(sql::lock_challenge, challenge_id));
}

void count_guess(db::transaction& tx, const challenge& of) {
    tx.exec(sql::count_guess, of.challenge_id);
}

void use(db::transaction& tx, const challenge& of, instant_us now) {
    tx.exec(sql::use_challenges, of.user_id, std::string(to_text(of.purpose)), now);
}

void end_all(db::transaction& tx, std::int64_t user_id, instant_us now) {
    tx.exec(sql::end_challenges_of_user, user_id, now);
}

awaitable<void> forget_old(db::database& target, std::int64_t limit, deadline until) {
    co_await target.query(until, sql::delete_old_challenges, now_us(), limit);
}

}  // namespace esm::users::challenge_store
