// Answers that hold a new secret, safe to ask for again under an Idempotency-Key: whoever lost the first one
// gets the same secret for as long as the key is kept. At rest it is sealed.
#pragma once

#include "platform/http/idempotency.hpp"
#include "platform/security/sealed.hpp"

namespace esm::http {

class shown_once {
public:
    shown_once(db::database& database, const security::master_key& master)
        : database_(database), master_(master) {}

    // As run_once. errc::internal besides, where the master key has changed since the first answer.
    awaitable<result<response>> run(
        const request& call, std::function<awaitable<result<response>>(db::transaction& tx)> work
    ) const;

private:
    db::database& database_;
    const security::master_key& master_;
};

}  // namespace esm::http
