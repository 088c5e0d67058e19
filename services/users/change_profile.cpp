// See change_profile.hpp.
#include "services/users/change_profile.hpp"

#include "services/users/events.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {

namespace {

// Takes an optional field that is null out of the body; answers whether it was.
bool take_null(boost::json::object& body, std::string_view name) {
    const auto found = body.find(name);
    if (found == body.end() || !found->value().is_null()) return false;
    body.erase(found);
    return true;
}

// Writes the new values into `account`; answers the names of the fields that really changed.
std::vector<std::string> apply(user& account, const profile_change& wanted) {
    std::vector<std::string> changed;
    const auto set = [&](auto& field, const auto& value, std::string_view name) {
        if (field == value) return;
        field = value;
        changed.emplace_back(name);
    };
    const auto set_optional = [&](auto& field, const auto& given, bool clear, std::string_view name) {
        if (given) set(field, given, name);
        if (clear) set(field, std::optional<std::string>(), name);
    };
    if (wanted.first_name) set(account.first_name, *wanted.first_name, "firstName");
    if (wanted.last_name) set(account.last_name, *wanted.last_name, "lastName");
    set_optional(
        account.date_of_birth, wanted.given.date_of_birth, wanted.clear_date_of_birth, "dateOfBirth"
    );
    set_optional(account.phone, wanted.given.phone, wanted.clear_phone, "phone");
    set_optional(account.locale, wanted.given.locale, wanted.clear_locale, "locale");
    return changed;
}

}  // namespace

result<profile_change> decode_profile_change(const boost::json::object& body) {
    auto given = body;
    profile_change wanted;
    wanted.clear_date_of_birth = take_null(given, "dateOfBirth");
    wanted.clear_phone = take_null(given, "phone");
    wanted.clear_locale = take_null(given, "locale");
    json::decoder from(given);
    wanted.first_name = from.optional_text("firstName", name_length);
    wanted.last_name = from.optional_text("lastName", name_length);
    wanted.given.date_of_birth = from.optional_text("dateOfBirth", {0, 32});
    wanted.given.phone = from.optional_text("phone", {0, 32});
    wanted.given.locale = from.optional_text("locale", {0, 35});
    check_name(from, "firstName", wanted.first_name.value_or(""));
    check_name(from, "lastName", wanted.last_name.value_or(""));
    check_optional_fields(from, wanted.given);
    if (auto problem = from.finish()) return *problem;
    return wanted;
}

awaitable<result<user>> change_profile::run(
    const context& ctx,
    std::int64_t user_id,
    const profile_change& wanted,
    std::function<result<void>(const user&)> check
) {
    const auto work = [&](db::transaction& tx) -> awaitable<result<user>> {
        const auto found = co_await user_store::lock(tx, user_id);
        if (!found) co_return fail(errc::not_found, "no user has this id");
        auto account = found->who;
        if (const auto allowed = check(account); !allowed) co_return allowed.error();
        const auto changed = apply(account, wanted);
        if (changed.empty()) co_return account;
        ++account.version;
        account.updated_at = now_us();
        user_store::save(tx, account);
        outbox_.append(tx, user_updated(account, ctx.trace));
        co_await audit_.append(
            ctx, tx, "user.updated", user_id, {{"fields", boost::json::value_from(changed)}}
        );
        co_return account;
    };
    co_return co_await database_.transact(ctx.until, work);
}

}  // namespace esm::users
