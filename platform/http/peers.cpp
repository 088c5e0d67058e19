// See peers.hpp.
#include "platform/http/peers.hpp"

#include <stdexcept>

#include "platform/http/text.hpp"

namespace esm::http {

namespace ip = boost::asio::ip;
using boost::system::error_code;

namespace {

// An IPv4 client of an IPv6 socket is the IPv4 client.
ip::address plain(const ip::address& address) {
    if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
    return ip::make_address_v4(ip::v4_mapped, address.to_v6());
}

}  // namespace

trusted_proxies::trusted_proxies(const std::vector<std::string>& texts) {
    for (const auto& text : texts) {
        error_code ec;
        const auto address = ip::make_address(text, ec);
        if (!ec && address.is_v4()) {
            networks_v4_.push_back(ip::make_network_v4(address.to_v4(), 32));
            continue;
        }
        if (!ec) {
            networks_v6_.push_back(ip::make_network_v6(address.to_v6(), 128));
            continue;
        }
        const auto network_v4 = ip::make_network_v4(text, ec);
        if (!ec) {
            networks_v4_.push_back(network_v4.canonical());
            continue;
        }
        const auto network_v6 = ip::make_network_v6(text, ec);
        if (ec) throw std::invalid_argument("trusted proxy " + text + " is neither an address nor a network");
        networks_v6_.push_back(network_v6.canonical());
    }
}

bool trusted_proxies::has(const ip::address& given) const {
    const auto address = plain(given);
    if (address.is_v4()) {
        return std::any_of(networks_v4_.begin(), networks_v4_.end(), [&](const ip::network_v4& network) {
            return ip::network_v4(address.to_v4(), network.prefix_length()).canonical() == network;
        });
    }
    return std::any_of(networks_v6_.begin(), networks_v6_.end(), [&](const ip::network_v6& network) {
        return ip::network_v6(address.to_v6(), network.prefix_length()).canonical() == network;
    });
}

std::string network_of(const std::string& address) {
    boost::system::error_code ec;
    const auto parsed = ip::make_address(address, ec);
    if (ec || !parsed.is_v6() || parsed.to_v6().is_v4_mapped()) return address;
    return ip::network_v6(parsed.to_v6(), 64).canonical().to_string();
}

bool trusted_proxies::has(std::string_view text) const {
    error_code ec;
    const auto address = ip::make_address(std::string(text), ec);
    return !ec && has(address);
}

std::string trusted_proxies::client_of(const std::string& peer, std::string_view forwarded_for) const {
    if (forwarded_for.empty() || !has(std::string_view(peer))) return peer;
    std::string client = peer;
    while (!forwarded_for.empty()) {
        const auto comma = forwarded_for.rfind(',');
        const bool last = comma == std::string_view::npos;
        const auto text = trim(last ? forwarded_for : forwarded_for.substr(comma + 1));
        error_code ec;
        const auto address = ip::make_address(std::string(text), ec);
        if (ec) return client;  // what stands further left was written by somebody unknown
        client = plain(address).to_string();
        if (!has(address)) return client;
        forwarded_for = last ? std::string_view{} : forwarded_for.substr(0, comma);
    }
    return client;
}

connection_counts::verdict connection_counts::add(const std::string& peer, bool is_proxy) {
    const std::lock_guard lock(mutex_);
    if (all_ >= all_max_) return verdict::too_many;
    auto& of_peer = by_peer_[peer];
    if (of_peer >= a_peer_max_ && !is_proxy) return verdict::too_many_of_peer;
    ++of_peer;
    ++all_;
    return verdict::admitted;
}

void connection_counts::remove(const std::string& peer) {
    const std::lock_guard lock(mutex_);
    --all_;
    const auto of_peer = by_peer_.find(peer);
    if (--of_peer->second == 0) by_peer_.erase(of_peer);
}

std::size_t connection_counts::all() const {
    const std::lock_guard lock(mutex_);
    return all_;
}

}  // namespace esm::http
