// Who is connected: counts connections in all and a peer, and finds the client behind a trusted proxy. Shared
// by the shards, but only touched when a connection begins or ends.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace esm::http {

class trusted_proxies {
public:
    // Addresses ("10.0.0.1") or networks ("10.0.0.0/8"). Throws std::invalid_argument for anything else.
    explicit trusted_proxies(const std::vector<std::string>& texts);

    bool has(const boost::asio::ip::address& address) const;
    bool has(std::string_view address) const;
    // The right-most address of X-Forwarded-For that is no trusted proxy, if `peer` is one; else `peer`.
    std::string client_of(const std::string& peer, std::string_view forwarded_for) const;

private:
    std::vector<boost::asio::ip::network_v4> networks_v4_;
    std::vector<boost::asio::ip::network_v6> networks_v6_;
};

// What limits count as one client: an IPv4 address, and of IPv6 the /64, of which a subscriber has all
// addresses.
std::string network_of(const std::string& address);

class connection_counts {
public:
    connection_counts(std::size_t all_max, std::size_t a_peer_max)
        : all_max_(all_max), a_peer_max_(a_peer_max) {}

    enum class verdict { admitted, too_many, too_many_of_peer };
    // Counts the connection if it may stay; then the caller owes a remove().
    verdict add(const std::string& peer, bool is_proxy);
    void remove(const std::string& peer);
    std::size_t all() const;

private:
    const std::size_t all_max_, a_peer_max_;
    mutable std::mutex mutex_;
    std::size_t all_{0};
    std::unordered_map<std::string, std::size_t> by_peer_;
};

}  // namespace esm::http
