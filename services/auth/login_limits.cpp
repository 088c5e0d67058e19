// See login_limits.hpp.
#include "services/auth/login_limits.hpp"

#include "platform/base/json_member.hpp"
#include "platform/base/random.hpp"
#include "platform/http/peers.hpp"
#include "platform/http/text.hpp"

namespace esm::auth {

namespace {

constexpr std::string_view token_prefix = "esm_dt_";
constexpr std::string_view seal_purpose = "device-token";
constexpr auto device_known_for = std::chrono::hours(24 * 180);
constexpr std::int64_t wrong_an_address_max = 30;
constexpr auto wait_for_others = std::chrono::seconds(5);
constexpr std::chrono::milliseconds first_pause{10};
constexpr std::chrono::milliseconds longest_pause{160};

}  // namespace

login_limits::login_limits(db::database& database, const security::master_key& master)
    : database_(database),
      master_(master),
      accounts_(database, "login"),
      addresses_(database, "login-address", wrong_an_address_max, std::chrono::minutes(1)) {}

login_limits::attempt login_limits::about(
    std::string_view identifier, const std::string& address, std::string_view device_token
) const {
    attempt tried{"name " + http::lower_case(identifier), "address " + http::network_of(address), {}};
    if (!device_token.starts_with(token_prefix)) return tried;
    const auto opened = master_.open(device_token.substr(token_prefix.size()), seal_purpose);
    if (!opened) return tried;
    const auto device = boost::json::parse(*opened).as_object();
    const auto key = http::lower_case(identifier);
    const bool same =
        json::text_member(device, "username") == key || json::text_member(device, "email") == key;
    if (same && device.at("until").as_int64() > now_us()) {
        tried.account = "device " + json::text_member(device, "id");
    }
    return tried;
}

awaitable<result<void>> login_limits::admit(attempt& tried, deadline until) {
    const std::vector keys{tried.account, tried.address};
    const auto patience = std::min(until, deadline_in(wait_for_others));
    for (auto pause = first_pause;; pause = std::min(pause * 2, longest_pause)) {
        auto admitted = co_await count(tried, until);
        if (admitted) {
            tried.in_flight = in_flight_.enter(keys);
            co_return admitted;
        }
        const bool out_of_time = std::chrono::steady_clock::now() + pause >= patience;
        if (out_of_time || !in_flight_.any(keys)) co_return admitted;
        asio::steady_timer others(co_await asio::this_coro::executor, pause);
        co_await others.async_wait(asio::use_awaitable);
    }
}

awaitable<result<void>> login_limits::count(const attempt& tried, deadline until) {
    // A try that the account refuses is not counted for the address either.
    const auto count = [&](db::transaction& tx) -> awaitable<result<void>> {
        const auto from_there = co_await addresses_.take(tx, tried.address);
        if (!from_there) co_return from_there.error();
        co_return co_await accounts_.admit(tx, tried.account);
    };
    co_return co_await database_.transact(until, count);
}

// The address first, as in admit: two transactions must not wait for each other.
void login_limits::was_right(db::transaction& tx, const attempt& tried) const {
    addresses_.give_back(tx, tried.address);
    accounts_.succeeded(tx, tried.account);
}

void login_limits::was_none(db::transaction& tx, const attempt& tried) const {
    addresses_.give_back(tx, tried.address);
    accounts_.take_back(tx, tried.account);
}

std::string login_limits::identifier_hash(std::string_view identifier) const {
    return security::sha256_hex(master_.derive("typed-name", http::lower_case(identifier)));
}

std::string login_limits::device_token(const identity& of) const {
    const auto known_until = now_us() + std::chrono::microseconds(device_known_for).count();
    const boost::json::object device{
        {"id", make_uuid()},
        {"username", http::lower_case(of.username)},
        {"email", http::lower_case(json::text_member(of.profile, "email"))},
        {"until", known_until},
    };
    return std::string(token_prefix) + master_.seal(boost::json::serialize(device), seal_purpose);
}

}  // namespace esm::auth
