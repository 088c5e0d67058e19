// Random bytes from the operating system's generator, and the names made of them.
#pragma once

#include <cstddef>
#include <string>

namespace esm {

// `bytes` random bytes as lower-case hex.
std::string random_hex(std::size_t bytes);

// `bytes` random bytes as base64url without padding (RFC 4648 section 5).
std::string random_base64url(std::size_t bytes);

// This process among all that ever were, for people: host:pid:random.
std::string process_name();

// A UUID of version 7 (RFC 9562 section 5.7): its first 48 bits are the time in milliseconds, so that ids
// sort by age.
std::string make_uuid();

}  // namespace esm
