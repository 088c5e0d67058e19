// The table of what is public and what is not.
#include "platform/fetch/network.hpp"

#include <gtest/gtest.h>

namespace esm::fetch {
namespace {

address of(const char* text) {
    return boost::asio::ip::make_address(text);
}

TEST(address_rules, know_the_public_internet) {
    for (const auto* text :
         {"1.1.1.1",
          "8.8.8.8",
          "9.255.255.255",
          "11.0.0.0",
          "100.63.255.255",
          "100.128.0.0",
          "126.255.255.255",
          "128.0.0.0",
          "169.253.255.255",
          "172.15.255.255",
          "172.32.0.0",
          "192.0.1.0",
          "192.167.255.255",
          "192.169.0.0",
          "198.17.255.255",
          "198.20.0.0",
          "223.255.255.255",
          "2001:4860:4860::8888",
          "2606:4700:4700::1111",
          "2a00:1450::1",
          "2001:200::1"}) {
        EXPECT_TRUE(is_public(of(text))) << text;
    }
}

TEST(address_rules, refuse_everything_else) {
    for (const auto* text :
         {"0.0.0.0",
          "0.1.2.3",
          "10.0.0.1",
          "10.255.255.255",
          "100.64.0.0",
          "100.100.100.200",
          "100.127.255.255",
          "127.0.0.1",
          "127.255.255.254",
          "168.63.129.16",
          "169.254.169.254",
          "169.254.0.1",
          "172.16.0.1",
          "172.31.255.255",
          "192.0.0.1",
          "192.0.0.192",
          "192.0.2.1",
          "192.88.99.1",
          "192.168.0.1",
          "198.18.0.1",
          "198.19.255.255",
          "198.51.100.7",
          "203.0.113.9",
          "224.0.0.1",
          "239.255.255.255",
          "240.0.0.1",
          "255.255.255.255",
          "::",
          "::1",
          "::7f00:1",
          "::ffff:127.0.0.1",
          "::ffff:8.8.8.8",
          "64:ff9b::7f00:1",
          "64:ff9b::808:808",
          "64:ff9b:1::1",
          "100::1",
          "2001::1",
          "2001:10::1",
          "2001:20::1",
          "2001:db8::1",
          "2002:7f00:1::1",
          "2002:c0a8:1::1",
          "3fff::1",
          "4000::1",
          "5f00::1",
          "fc00::1",
          "fd00:ec2::254",
          "fe80::1",
          "fec0::1",
          "ff02::1"}) {
        EXPECT_FALSE(is_public(of(text))) << text;
    }
    EXPECT_FALSE(is_public(of("fe80::1%1")));
}

TEST(network, has_its_addresses) {
    const auto small = network::parse("192.168.4.0/22");
    ASSERT_TRUE(small);
    EXPECT_TRUE(small->has(of("192.168.4.0")));
    EXPECT_TRUE(small->has(of("192.168.7.255")));
    EXPECT_FALSE(small->has(of("192.168.8.0")));
    EXPECT_FALSE(small->has(of("::ffff:192.168.4.1")));
    EXPECT_TRUE(network::parse("127.0.0.1")->has(of("127.0.0.1")));
    EXPECT_FALSE(network::parse("127.0.0.1")->has(of("127.0.0.2")));
    EXPECT_TRUE(network::parse("0.0.0.0/0")->has(of("200.1.2.3")));
    EXPECT_TRUE(network::parse("fd00::/9")->has(of("fd7f::1")));
    EXPECT_FALSE(network::parse("fd00::/9")->has(of("fd80::1")));
}

TEST(network, is_written_in_one_way) {
    for (const auto* text :
         {"", "x", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/8x", "::/129", "fe80::1%1/64"}) {
        EXPECT_FALSE(network::parse(text)) << text;
    }
}

}  // namespace
}  // namespace esm::fetch
