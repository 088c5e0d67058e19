// The form of international telephone numbers. Pure.
#pragma once

#include <string_view>

namespace esm {

// ITU-T E.164 section 6: "+", a country code that begins with no zero, 7 to 15 digits in all. Says nothing
// about whether the number is assigned.
bool is_e164(std::string_view text);

}  // namespace esm
