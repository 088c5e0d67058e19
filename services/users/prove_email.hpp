// Answers to mailed codes: which challenge one is about, whether it is right, and that it is taken once.
// Guesses are counted under the row's lock, so that parallel ones do not pass the limit.
#pragma once

#include "platform/base/context.hpp"
#include "platform/security/mailed_code.hpp"
#include "services/users/challenge_store.hpp"

namespace esm::users {

class prove_email {
public:
    prove_email(db::database& database, const security::master_key& key) : database_(database), key_(key) {}

    // The challenge that the proof is about, right or not.
    awaitable<std::optional<challenge>> find(
        const context& ctx, const email_proof& given, std::array<challenge_purpose, 2> purposes
    );
    // At the moment; `use` decides.
    bool is_right(const challenge& asked, const email_proof& given) const;

    // In the caller's transaction, which has to be committed also where this answers nothing: then a guess
    // was counted. The challenge, once.
    awaitable<std::optional<challenge>> use(
        db::transaction& tx, const std::string& challenge_id, const email_proof& given
    );

private:
    db::database& database_;
    const security::master_key& key_;
};

// The one answer to every proof that does not hold.
error wrong_code();

}  // namespace esm::users
