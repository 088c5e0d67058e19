// SHA-256 of bytes that come bit by bit, possibly over several processes: its state can be kept as a text.
#pragma once

#include <sodium.h>

#include <optional>
#include <string>
#include <string_view>

namespace esm::files {

class running_digest {
public:
    running_digest();
    // Null for a text that state() of this build never gave.
    static std::optional<running_digest> restore(std::string_view state);

    void update(std::string_view bytes);
    // Of what came until now, as 64 lower-case hexadecimal digits.
    std::string hex() const;
    std::string state() const;

private:
    crypto_hash_sha256_state state_{};
};

}  // namespace esm::files
