// Which addresses a URL of a stranger may lead to: those of the public internet, and networks allowed on
// purpose.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace esm::fetch {

using address = boost::asio::ip::address;

// "10.0.0.0/8", "fd00::/8"; an address alone is itself.
class network {
public:
    static std::optional<network> parse(std::string_view text);
    bool has(const address& which) const;

private:
    network(address base, unsigned bits) : base_(std::move(base)), bits_(bits) {}
    address base_;
    unsigned bits_;
};

// Globally reachable by the IANA special-purpose registries (RFC 6890 and what followed), and no cloud's
// metadata service. Addresses that carry another one (IPv4-mapped, NAT64, 6to4, Teredo) are not public,
// whatever they carry.
bool is_public(const address& which);

}  // namespace esm::fetch
