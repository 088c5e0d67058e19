// See second_factor.hpp.
#include "services/auth/second_factor.hpp"

#include "platform/base/random.hpp"
#include "platform/observe/log.hpp"
#include "services/auth/sql.hpp"
#include "services/auth/totp.hpp"

namespace esm::auth {

namespace {

constexpr std::string_view seal_purpose = "totp";
constexpr std::string_view recovery_purpose = "recovery-code";
constexpr int recovery_codes = 10;

}  // namespace

std::string second_factor::code_hash(std::int64_t user_id, std::string_view recovery_code) const {
    // Forty bits are few enough to try them all: without the master key nobody can.
    return security::sha256_hex(master_.derive(recovery_purpose, fmt::format("{} {}", user_id, recovery_code))
    );
}

awaitable<result<void>> second_factor::prove_password(const context& ctx, std::string password) {
    const auto key = std::to_string(ctx.caller->user_id);
    if (const auto admitted = co_await wrong_.admit(key, ctx.until); !admitted) co_return admitted.error();
    const auto who = co_await users_.check(ctx, ctx.caller->username, std::move(password));
    if (who && who->user_id != ctx.caller->user_id) {
        co_return fail(errc::invalid_credentials, "the password is wrong");
    }
    if (!who) {
        if (who.error().code != errc::invalid_credentials) co_await wrong_.take_back(key, ctx.until);
        co_return who.error();
    }
    co_await wrong_.succeeded(key, ctx.until);
    co_return result<void>();
}

awaitable<result<enrolment>> second_factor::enroll(const context& ctx, std::string password) {
    const auto proved = co_await prove_password(ctx, std::move(password));
    if (!proved) co_return proved.error();
    const auto secret = totp::make_secret();
    const auto sealed = master_.seal(secret, seal_purpose);
    const auto put =
        co_await database_.query(ctx.until, sql::put_totp, ctx.caller->user_id, sealed, now_us());
    if (put.empty()) co_return fail(errc::conflict, "a second factor is on; turn it off first");
    co_return enrolment{totp::base32(secret), totp::uri(secret, ctx.caller->username)};
}

awaitable<result<std::vector<std::string>>> second_factor::confirm(
    const context& ctx, const std::string& code
) {
    return with_code(ctx, code, true);
}

awaitable<result<std::vector<std::string>>> second_factor::renew_recovery(
    const context& ctx, const std::string& code
) {
    return with_code(ctx, code, false);
}

awaitable<result<std::vector<std::string>>> second_factor::with_code(
    const context& ctx, const std::string& code, bool confirming
) {
    const auto user_id = ctx.caller->user_id;
    const auto key = std::to_string(user_id);
    if (const auto admitted = co_await wrong_.admit(key, ctx.until); !admitted) co_return admitted.error();
    const auto work = [&](db::transaction& tx) -> awaitable<result<std::vector<std::string>>> {
        const auto found = co_await tx.query(sql::lock_totp, user_id);
        const bool on = !found.empty() && !found.front().is_null(1);
        if (found.empty() || on == confirming) {
            co_return fail(errc::conflict, on ? "a second factor is on already" : "there is none to use");
        }
        const auto secret = master_.open(found.front().view(0), seal_purpose);
        if (!secret) co_return secret.error();
        const auto step = totp::find_step(*secret, code, now_us() / 1'000'000, found.front().integer(2));
        if (!step) co_return fail(errc::invalid_code, "the code is wrong or was used");
        tx.exec(sql::use_totp_step, user_id, *step, now_us());
        tx.exec(sql::delete_recovery_code_of_user, user_id);
        std::vector<std::string> codes;
        db::text_list hashes;
        for (int i = 0; i < recovery_codes; ++i) {
            codes.push_back(random_hex(5));
            hashes.push_back(code_hash(user_id, codes.back()));
        }
        tx.exec_bulk(
            sql::insert_recovery_codes, {db::integer_list(codes.size(), user_id), std::move(hashes)}
        );
        co_return codes;
    };
    auto codes = co_await database_.transact(ctx.until, work);
    if (codes) co_await wrong_.succeeded(key, ctx.until);
    if (!codes && codes.error().code != errc::invalid_code) co_await wrong_.take_back(key, ctx.until);
    co_return codes;
}

awaitable<result<void>> second_factor::turn_off(
    const context& ctx, std::string password, second_proof given
) {
    const auto user_id = ctx.caller->user_id;
    const auto proved = co_await prove_password(ctx, std::move(password));
    if (!proved) co_return proved.error();
    // A count of its own: the right password has just cleared the other one.
    const auto key = fmt::format("off {}", user_id);
    if (const auto admitted = co_await wrong_.admit(key, ctx.until); !admitted) co_return admitted.error();
    const auto work = [&](db::transaction& tx) -> awaitable<result<void>> {
        if (co_await is_on(tx, user_id) && !co_await use(tx, user_id, given)) {
            co_return fail(errc::invalid_code, "the code is wrong or was used");
        }
        remove(tx, user_id);
        wrong_.succeeded(tx, key);
        co_return result<void>();
    };
    co_return co_await database_.transact(ctx.until, work);
}

awaitable<result<void>> second_factor::reset(const context& ctx, std::int64_t user_id) {
    const auto work = [&](db::transaction& tx) -> awaitable<result<void>> {
        if (!co_await is_on(tx, user_id)) co_return fail(errc::not_found, "the user has no second factor");
        remove(tx, user_id);
        co_await ending_.all(tx, user_id, {}, "second_factor_reset", ctx.trace);
        co_return result<void>();
    };
    const auto done = co_await database_.transact(ctx.until, work);
    if (!done) co_return done.error();
    observe::log(
        observe::level::warn,
        "second factor reset",
        ctx.trace,
        {{"userId", user_id}, {"actorId", ctx.caller->user_id}, {"clientId", ctx.caller->client_id}}
    );
    co_return result<void>();
}

void second_factor::remove(db::transaction& tx, std::int64_t user_id) {
    tx.exec(sql::delete_totp_of_user, user_id);
    tx.exec(sql::delete_recovery_code_of_user, user_id);
}

awaitable<bool> second_factor::is_on(std::int64_t user_id, deadline until) {
    co_return co_await database_.transact(until, [&](db::transaction& tx) { return is_on(tx, user_id); });
}

awaitable<bool> second_factor::is_on(db::transaction& tx, std::int64_t user_id) {
    const auto found = co_await tx.query(sql::find_confirmed_totp, user_id);
    co_return !found.empty();
}

awaitable<bool> second_factor::use(db::transaction& tx, std::int64_t user_id, const second_proof& given) {
    if (!given.recovery_code.empty()) {
        const auto used = co_await tx.query(
            sql::use_recovery_code, user_id, code_hash(user_id, given.recovery_code), now_us()
        );
        co_return !used.empty();
    }
    const auto found = co_await tx.query(sql::lock_totp, user_id);
    if (found.empty() || found.front().is_null(1)) co_return false;
    const auto secret = master_.open(found.front().view(0), seal_purpose);
    if (!secret) throw std::runtime_error("a second factor's secret does not open");
    const auto step = totp::find_step(*secret, given.code, now_us() / 1'000'000, found.front().integer(2));
    if (step) tx.exec(sql::use_totp_step, user_id, *step, now_us());
    co_return step.has_value();
}

}  // namespace esm::auth
