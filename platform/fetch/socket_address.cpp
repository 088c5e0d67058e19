// See socket_address.hpp.
#include "platform/fetch/socket_address.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace esm::fetch {

namespace {

// Copied, since what stands there may be declared as something shorter.
template <class Address>
Address read(const sockaddr* from) {
    Address given{};
    std::memcpy(&given, static_cast<const void*>(from), sizeof given);
    return given;
}

}  // namespace

address address_of(const sockaddr* from) {
    if (from->sa_family == AF_INET) {
        return boost::asio::ip::address_v4(ntohl(read<sockaddr_in>(from).sin_addr.s_addr));
    }
    const auto given = read<sockaddr_in6>(from);
    boost::asio::ip::address_v6::bytes_type bytes{};
    std::copy(std::begin(given.sin6_addr.s6_addr), std::end(given.sin6_addr.s6_addr), bytes.begin());
    return boost::asio::ip::address_v6(bytes, given.sin6_scope_id);
}

std::uint16_t port_of(const sockaddr* from) {
    return ntohs(read<sockaddr_in>(from).sin_port);  // at the same place in both families
}

}  // namespace esm::fetch
