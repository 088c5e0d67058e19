// A socket's address as the system and libcurl hand it over, as one of ours. Private to platform/fetch.
#pragma once

#include <sys/socket.h>

#include <cstdint>

#include "platform/fetch/network.hpp"

namespace esm::fetch {

// `from` is a whole sockaddr_in or sockaddr_in6, and says which.
address address_of(const sockaddr* from);
std::uint16_t port_of(const sockaddr* from);

}  // namespace esm::fetch
