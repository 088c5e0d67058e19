// See edit.hpp.
#include "services/notifications/dead_letters/edit.hpp"

#include "platform/base/phone_number.hpp"
#include "services/notifications/mail/mail_encoding.hpp"

namespace esm::notifications::dead_letters {

namespace {

result<void> check_recipient(const std::string& channel, const std::string& recipient) {
    const auto refuse = [](std::string code, std::string message) {
        auto refused = fail(errc::validation_failed, message);
        refused.fields.push_back({"/recipient", std::move(code), std::move(message)});
        return refused;
    };
    if (channel != "email" && channel != "sms") {
        return refuse("no_address", fmt::format("A notification of the channel {} has no address", channel));
    }
    if (channel == "email" && !is_mail_address(recipient))
        return refuse("not_an_address", "No e-mail address");
    if (channel == "sms" && !is_e164(recipient)) {
        return refuse("not_a_number", "No phone number of E.164, such as +436641234567");
    }
    return {};
}

// The locked letter, if it is one and its version is what the caller has seen.
awaitable<result<dead_event>> lock_event(db::transaction& tx, std::int64_t id, const version_check& check) {
    auto found = co_await store::lock_events(tx, {id});
    if (found.empty()) co_return no_dead_letter();
    if (const auto same = check(found.front().version); !same) co_return same.error();
    co_return std::move(found.front());
}

awaitable<result<store::dead_notification>> lock_notification(
    db::transaction& tx, std::int64_t id, const version_check& check
) {
    auto found = co_await store::lock_notifications(tx, {id});
    if (found.empty()) co_return no_dead_letter();
    if (const auto same = check(found.front().what.version); !same) co_return same.error();
    co_return std::move(found.front());
}

}  // namespace

error no_dead_letter() {
    return fail(errc::not_found, "there is no such dead letter");
}

awaitable<result<dead_event>> change_payload(
    db::database& database,
    std::int64_t id,
    const boost::json::object& payload,
    std::function<std::string(const std::string& event_type)> user_field_of,
    version_check check,
    deadline until
) {
    const auto work = [&](db::transaction& tx) -> awaitable<result<dead_event>> {
        auto letter = co_await lock_event(tx, id, check);
        if (!letter) co_return letter.error();
        letter->payload = boost::json::serialize(payload);
        letter->encoding = "utf-8";
        letter->user_id = find_user_id(letter->payload, user_field_of(letter->event_type));
        letter->version += 1;
        store::save_payload(tx, id, letter->payload, letter->user_id);
        co_return letter;
    };
    co_return co_await database.transact(until, work);
}

awaitable<result<store::dead_notification>> change_recipient(
    db::database& database, std::int64_t id, std::string recipient, version_check check, deadline until
) {
    const auto work = [&](db::transaction& tx) -> awaitable<result<store::dead_notification>> {
        auto letter = co_await lock_notification(tx, id, check);
        if (!letter) co_return letter.error();
        if (const auto fits = check_recipient(letter->what.channel, recipient); !fits) co_return fits.error();
        letter->what.recipient = recipient;
        letter->what.version += 1;
        store::save_recipient(tx, id, recipient);
        co_return letter;
    };
    co_return co_await database.transact(until, work);
}

awaitable<result<void>> discard_event(
    db::database& database, std::int64_t id, version_check check, deadline until
) {
    const auto work = [&](db::transaction& tx) -> awaitable<result<void>> {
        const auto letter = co_await lock_event(tx, id, check);
        if (!letter) co_return letter.error();
        store::discard_event(tx, id);
        co_return result<void>();
    };
    co_return co_await database.transact(until, work);
}

awaitable<result<void>> discard_notification(
    db::database& database, std::int64_t id, version_check check, deadline until
) {
    const auto work = [&](db::transaction& tx) -> awaitable<result<void>> {
        const auto letter = co_await lock_notification(tx, id, check);
        if (!letter) co_return letter.error();
        store::discard_notification(tx, id);
        co_return result<void>();
    };
    co_return co_await database.transact(until, work);
}

}  // namespace esm::notifications::dead_letters
