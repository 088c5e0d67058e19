// An e-mail challenge: a mailed code that proves an address or allows a new password. Open for ten minutes
// and five guesses; works once.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "platform/base/clock.hpp"

namespace esm::users {

enum class challenge_purpose : std::uint8_t {
    email_verification,  // of the account's own address
    email_change,        // of the address it is to have
    password_reset,
    none,  // mails nothing, proves nothing: see request_code
};
std::string_view to_text(challenge_purpose purpose);

struct challenge {
    std::string challenge_id;  // UUID
    std::int64_t user_id{0};   // 0: nobody's, nothing was mailed
    challenge_purpose purpose{challenge_purpose::none};
    std::string email;
    std::int64_t guesses{0};
    instant_us created_at{0};
    instant_us expires_at{0};
    std::optional<instant_us> used_at;
};

inline constexpr std::int64_t challenge_guesses_max = 5;
inline constexpr instant_us challenge_lifetime_us = 600'000'000;

bool is_open(const challenge& shown, instant_us now);
// For its code: whoever guesses it spends the guesses, never the link, which nobody can guess.
bool takes_codes(const challenge& shown, instant_us now);

// What somebody gives to prove an address: the code with the address, or the token of the link.
struct email_proof {
    std::string email, code;
    std::string token;
};

}  // namespace esm::users
