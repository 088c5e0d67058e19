// See idempotency.hpp. The key's row is inserted before the work and completed after it, in one transaction:
// whoever comes with the same key finds the whole answer, or waits for it, or finds nothing because the work
// failed.
#include "platform/http/idempotency.hpp"

#include <sodium.h>

#include "platform/http/key_gate.hpp"
#include "platform/http/sql.hpp"

namespace esm::http {

namespace {

namespace bj = boost::json;

constexpr std::size_t key_max_bytes = 255;
constexpr std::chrono::milliseconds clean_up_patience{5'000};
constexpr std::string_view key_header = "idempotency-key";

// Whose key it is, and for what it was used.
struct claim {
    std::string caller, key, fingerprint;
};

// The contracts' pattern: ^[\x21-\x7e]+$
bool is_key(std::string_view key) {
    return !key.empty() && key.size() <= key_max_bytes &&
           std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

std::string headers_text(const header_list& headers) {
    bj::array list;
    for (const auto& [name, value] : headers) list.push_back(bj::array{name, value});
    return bj::serialize(list);
}

response stored_answer(const db::row& row) {
    response reply;
    reply.status = static_cast<unsigned>(row.integer(1));
    reply.content_type = row.text(2);
    const auto headers = bj::parse(row.view(3));
    for (const auto& each : headers.as_array()) {
        reply.headers.emplace_back(each.at(0).as_string(), each.at(1).as_string());
    }
    reply.body = row.text(4);
    reply.headers.emplace_back("Idempotent-Replayed", "true");
    return reply;
}

error still_in_flight() {
    return fail(errc::idempotency_in_flight, "the first request with this Idempotency-Key has not ended yet");
}

using work_function = std::function<awaitable<result<response>>(db::transaction& tx)>;

// The whole of one transaction: the stored answer, or the work and its answer stored.
awaitable<result<response>> claim_and_work(
    db::transaction& tx, const claim& mine, deadline until, const work_function& work
) {
    bool waited_in_vain = false;
    db::rows inserted;
    try {
        inserted = co_await tx.query(sql::insert_key, mine.caller, mine.key, mine.fingerprint, now_us());
    } catch (const db::storage_full&) {
        throw;
    } catch (const db::unavailable&) {
        // Another process holds the key: the insert waited for it until the deadline.
        if (std::chrono::steady_clock::now() < until) throw;
        waited_in_vain = true;
    }
    if (waited_in_vain) co_return still_in_flight();
    if (inserted.empty()) {
        const auto found = co_await tx.query(sql::select_answer, mine.caller, mine.key);
        if (found.empty()) co_return still_in_flight();  // forgotten just now: the next try runs anew
        if (found.front().view(0) != mine.fingerprint) {
            co_return fail(
                errc::idempotency_key_reused, "this Idempotency-Key was used with another request"
            );
        }
        co_return stored_answer(found.front());
    }
    auto answer = co_await work(tx);
    if (!answer) co_return answer;
    tx.exec(
        sql::update_answer,
        mine.caller,
        mine.key,
        std::int64_t{answer->status},
        answer->content_type,
        headers_text(answer->headers),
        answer->body
    );
    co_return answer;
}

// One for all databases of the process: the database's address is part of what is gated.
key_gate& gate() {
    static key_gate one;
    return one;
}

}  // namespace

std::string fingerprint_of(const request& from) {
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    for (const std::string_view part : {std::string_view(from.method), std::string_view(from.path)}) {
        crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
        constexpr unsigned char end = '\n';
        crypto_hash_sha256_update(&state, &end, 1);
    }
    const auto* body = reinterpret_cast<const unsigned char*>(from.body.data());
    crypto_hash_sha256_update(&state, body, from.body.size());
    std::array<unsigned char, crypto_hash_sha256_BYTES> hash{};
    crypto_hash_sha256_final(&state, hash.data());
    std::string text(hash.size() * 2 + 1, '\0');
    sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
    text.pop_back();
    return text;
}

bool has_idempotency_key(const request& from) {
    return std::any_of(from.headers.begin(), from.headers.end(), [](const auto& header) {
        return header.first == key_header;
    });
}

awaitable<result<response>> run_once(
    db::database& target, const request& from, work_function work, std::string_view stranger
) {
    const auto until = from.ctx.until;
    if (!has_idempotency_key(from)) co_return co_await target.transact(until, std::move(work));
    const auto key = from.header(key_header);
    if (!is_key(key)) {
        auto refused =
            fail(errc::malformed_request, "the Idempotency-Key is not 1 to 255 printable characters");
        refused.fields.push_back(
            {"Idempotency-Key", "pattern", "1 to 255 printable characters without spaces"}
        );
        co_return refused;
    }
    const auto caller = from.ctx.caller ? idempotency_caller(*from.ctx.caller) : std::string(stranger);
    const claim mine{caller, std::string(key), fingerprint_of(from)};
    const auto pass = co_await gate().enter(
        fmt::format("{} {} {}", static_cast<const void*>(&target), mine.caller, mine.key), until
    );
    if (!pass) co_return still_in_flight();
    const auto attempt = [&mine, &work, until](db::transaction& tx) {
        return claim_and_work(tx, mine, until, work);
    };
    co_return co_await target.transact(until, attempt);
}

std::string idempotency_caller(const principal& caller) {
    return caller.user_id != 0 ? fmt::format("user {}", caller.user_id)
                               : fmt::format("client {}", caller.client_id);
}

void forget_answers(db::transaction& tx, std::string_view caller) {
    tx.exec(sql::delete_keys_of_caller, std::string(caller));
}

awaitable<std::int64_t> forget_old_keys(db::database& target, std::size_t limit) {
    const auto before =
        now_us() - std::chrono::duration_cast<std::chrono::microseconds>(idempotency_retention).count();
    const auto deleted =
        co_await target.query(deadline_in(clean_up_patience), sql::delete_old_keys, before, limit);
    co_return deleted.affected();
}

}  // namespace esm::http
