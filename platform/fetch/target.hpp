// One URL of a fetch, taken apart, and the addresses it leads to. Private to platform/fetch.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.hpp"
#include "platform/fetch/fetch.hpp"

namespace esm::fetch {

struct target {
    std::string url;   // without its fragment
    std::string host;  // an IPv6 address without brackets
    std::uint16_t port{0};
    bool encrypted{false};
};

// errc::validation_failed that says what is wrong with its form.
result<target> parse_target(std::string_view url);
// Where `location` leads from `from`.
result<target> follow(const target& from, std::string_view location);

// The addresses to connect to, all of them checked. validation_failed where one is not allowed or none is
// there, the same whether the name exists; unavailable where the resolver does not answer.
result<std::vector<address>> resolve(const rules& given, const target& where);

bool may_connect(const rules& given, const address& to, std::uint16_t port);
bool is_allowed_on_purpose(const rules& given, const address& which);

// The address that stands in place of a name; nothing for a name.
std::optional<address> literal_address(const target& where);
// A host that ends in a number and is no address as it is usually written: getaddrinfo would take 127.1 and
// 2130706433 for one (WHATWG URL, "ends in a number").
bool looks_like_address(const target& where);

// What a caller is told where may_connect says no. The same words whatever the reason: who may not see a
// network shall not learn about it either.
std::string not_allowed_text(const target& where);

// The names of hosts and headers, as they compare.
std::string lower_case(std::string_view name);

}  // namespace esm::fetch
