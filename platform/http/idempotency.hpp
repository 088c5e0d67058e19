// Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): the answer is stored in the transaction of its
// effect, so that a retry after a crash finds either both or neither. Kept 24 h, a key a caller. Migration
// set "idempotency".
#pragma once

#include <functional>

#include "platform/db/database.hpp"
#include "platform/http/message.hpp"

namespace esm::http {

inline constexpr std::chrono::hours idempotency_retention{24};

// Whether the request carries the header at all.
bool has_idempotency_key(const request& from);

// Runs `work` in a transaction together with the key. The same key and body again: the stored answer, work
// not run. Another body: errc::idempotency_key_reused. A key of 1 to 255 printable characters, else
// errc::malformed_request. A second request while the first is in flight waits for its outcome up to the
// deadline, then errc::idempotency_in_flight. An error answered by `work` is not stored.
// `stranger`: whose key it is when nobody is logged in; two strangers' keys must not meet.
awaitable<result<response>> run_once(
    db::database& target,
    const request& from,
    std::function<awaitable<result<response>>(db::transaction& tx)> work,
    std::string_view stranger = "anybody"
);

// SHA-256 of method, path and body, in hex: two requests with one key are the same where theirs is.
std::string fingerprint_of(const request& from);

// Whose keys a caller's are, as stored with each.
std::string idempotency_caller(const principal& caller);

// Forgets what was answered to a caller or stranger: answers hold personal data.
void forget_answers(db::transaction& tx, std::string_view caller);

// Deletes keys older than the retention, at most `limit`; answers how many.
awaitable<std::int64_t> forget_old_keys(db::database& target, std::size_t limit);

}  // namespace esm::http
