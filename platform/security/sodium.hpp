// libsodium must be initialised before its password hashing is used by several threads. Private to
// platform/security.
#pragma once

#include <sodium.h>

#include <stdexcept>

namespace esm::security {

inline void ensure_sodium() {
    static const int initialised = sodium_init();  // 1 when it already was
    if (initialised < 0) throw std::runtime_error("libsodium cannot be initialised");
}

}  // namespace esm::security
