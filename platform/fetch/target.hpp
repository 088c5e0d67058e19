// One URL of a fetch, taken apart, and the addresses it leads to. Private to platform/fetch.
#pragma once

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

}  // namespace esm::fetch
