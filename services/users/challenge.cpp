// See challenge.hpp.
#include "services/users/challenge.hpp"

namespace esm::users {

std::string_view to_text(challenge_purpose purpose) {
    switch (purpose) {
        case challenge_purpose::email_verification:
            return "email_verification";
        case challenge_purpose::email_change:
            return "email_change";
        case challenge_purpose::password_reset:
            return "password_reset";
        case challenge_purpose::none:
            break;
    }
    return "none";
}

bool is_open(const challenge& shown, instant_us now) {
    return !shown.used_at && shown.expires_at > now;
}

bool takes_codes(const challenge& shown, instant_us now) {
    return is_open(shown, now) && shown.guesses < challenge_guesses_max;
}

}  // namespace esm::users
