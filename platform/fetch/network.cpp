// See network.hpp.
#include "platform/fetch/network.hpp"

#include <algorithm>
#include <charconv>

namespace esm::fetch {

namespace {

// The registry of IPv4 special-purpose addresses, multicast, and Azure's metadata service; those of the other
// clouds are link-local (169.254.169.254), shared (100.100.100.200) or reserved (192.0.0.192).
constexpr std::string_view not_public_v4[] = {
    "0.0.0.0/8",       "10.0.0.0/8",     "100.64.0.0/10",  "127.0.0.0/8",     "168.63.129.16/32",
    "169.254.0.0/16",  "172.16.0.0/12",  "192.0.0.0/24",   "192.0.2.0/24",    "192.31.196.0/24",
    "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",    "240.0.0.0/4",
};

// Only what IANA gives out for global unicast can be public; of it not the protocol assignments with Teredo,
// benchmarking and ORCHID, documentation, 6to4 and AS112.
constexpr std::string_view global_unicast_v6 = "2000::/3";
constexpr std::string_view not_public_v6[] = {
    "2001::/23",
    "2001:db8::/32",
    "2002::/16",
    "2620:4f:8000::/48",
    "3fff::/20",
};

template <std::size_t Count>
std::vector<network> parse_all(const std::string_view (&texts)[Count]) {
    std::vector<network> all;
    for (const auto text : texts) all.push_back(network::parse(text).value());
    return all;
}

bool any_has(const std::vector<network>& networks, const address& which) {
    return std::any_of(networks.begin(), networks.end(), [&](const network& each) {
        return each.has(which);
    });
}

template <class Bytes>
bool same_beginning(const Bytes& a, const Bytes& b, unsigned bits) {
    const auto whole = bits / 8;
    if (!std::equal(a.begin(), a.begin() + whole, b.begin())) return false;
    if (bits % 8 == 0) return true;
    const auto mask = static_cast<unsigned char>(0xff << (8 - bits % 8));
    return (a[whole] & mask) == (b[whole] & mask);
}

}  // namespace

std::optional<network> network::parse(std::string_view text) {
    const auto slash = text.find('/');
    boost::system::error_code bad;
    const auto base = boost::asio::ip::make_address(std::string(text.substr(0, slash)), bad);
    if (bad || (base.is_v6() && base.to_v6().scope_id() != 0)) return std::nullopt;
    const unsigned widest = base.is_v4() ? 32 : 128;
    unsigned bits = widest;
    if (slash != std::string_view::npos) {
        const auto digits = text.substr(slash + 1);
        const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
        if (wrong != std::errc{} || end != digits.data() + digits.size() || bits > widest)
            return std::nullopt;
    }
    return network(base, bits);
}

bool network::has(const address& which) const {
    if (which.is_v4() != base_.is_v4()) return false;
    if (which.is_v4()) return same_beginning(which.to_v4().to_bytes(), base_.to_v4().to_bytes(), bits_);
    return same_beginning(which.to_v6().to_bytes(), base_.to_v6().to_bytes(), bits_);
}

bool is_public(const address& which) {
    static const auto refused_v4 = parse_all(not_public_v4);
    static const auto refused_v6 = parse_all(not_public_v6);
    static const auto given_out_v6 = network::parse(global_unicast_v6).value();
    if (which.is_v4()) return !any_has(refused_v4, which);
    return which.to_v6().scope_id() == 0 && given_out_v6.has(which) && !any_has(refused_v6, which);
}

}  // namespace esm::fetch
