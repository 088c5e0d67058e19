// See target.hpp.
#include "platform/fetch/target.hpp"

#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <boost/url.hpp>
#include <charconv>
#include <memory>

namespace esm::fetch {

namespace {

namespace urls = boost::urls;

constexpr std::size_t url_max_bytes = 2048;

error bad(std::string text) {
    return fail(errc::validation_failed, std::move(text));
}

bool is_allowed_on_purpose(const rules& given, const address& which) {
    return std::any_of(given.allowed.begin(), given.allowed.end(), [&](const network& each) {
        return each.has(which);
    });
}

result<target> checked(urls::url parsed) {
    const std::string scheme(parsed.scheme());
    if (scheme != "http" && scheme != "https") return bad("the URL must begin with http:// or https://");
    if (parsed.has_userinfo()) return bad("the URL must hold no credentials");
    target made;
    made.encrypted = scheme == "https";
    made.host = parsed.host_address();
    if (made.host.empty()) return bad("the URL names no host");
    // getaddrinfo and curl must not read one name in two ways.
    const bool plain = std::all_of(made.host.begin(), made.host.end(), [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' || c == ':' ||
               c == '_';
    });
    if (!plain) return bad("the host of the URL is none");
    made.port = made.encrypted ? 443 : 80;
    if (parsed.has_port() && !parsed.port().empty()) {
        const std::string_view digits = parsed.port();
        const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), made.port);
        const bool whole = failed == std::errc{} && end == digits.data() + digits.size();
        if (!whole || made.port == 0) return bad("the port of the URL is none");
    }
    parsed.remove_fragment();
    if (parsed.encoded_path().empty()) parsed.set_encoded_path("/");
    made.url = std::string(parsed.buffer());
    return made;
}

struct list_deleter {
    void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

address address_of(const sockaddr* from) {
    if (from->sa_family == AF_INET) {
        const auto* given = reinterpret_cast<const sockaddr_in*>(from);
        return boost::asio::ip::address_v4(ntohl(given->sin_addr.s_addr));
    }
    const auto* given = reinterpret_cast<const sockaddr_in6*>(from);
    boost::asio::ip::address_v6::bytes_type bytes{};
    std::copy(std::begin(given->sin6_addr.s6_addr), std::end(given->sin6_addr.s6_addr), bytes.begin());
    return boost::asio::ip::address_v6(bytes, given->sin6_scope_id);
}

}  // namespace

result<target> parse_target(std::string_view url) {
    if (url.size() > url_max_bytes) return bad(fmt::format("the URL is longer than {} bytes", url_max_bytes));
    const auto parsed = urls::parse_uri(url);
    if (!parsed) return bad("the URL is malformed");
    return checked(urls::url(*parsed));
}

result<target> follow(const target& from, std::string_view location) {
    if (location.size() > url_max_bytes) return bad("the redirect is too long");
    const auto reference = urls::parse_uri_reference(location);
    if (!reference) return bad("the redirect is malformed");
    urls::url whole;
    const auto base = urls::parse_uri(from.url);
    if (!urls::resolve(*base, *reference, whole)) return bad("the redirect leads nowhere");
    auto to = checked(std::move(whole));
    if (to && from.encrypted && !to->encrypted) return bad("the redirect leaves https");
    return to;
}

bool may_connect(const rules& given, const address& to, std::uint16_t port) {
    if (is_allowed_on_purpose(given, to)) return true;
    return is_public(to) && std::find(given.ports.begin(), given.ports.end(), port) != given.ports.end();
}

result<std::vector<address>> resolve(const rules& given, const target& where) {
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* raw = nullptr;
    const int failed = ::getaddrinfo(where.host.c_str(), nullptr, &hints, &raw);
    const std::unique_ptr<addrinfo, list_deleter> list(raw);
    if (failed == EAI_AGAIN || failed == EAI_SYSTEM || failed == EAI_MEMORY) {
        return fail(errc::unavailable, fmt::format("{} cannot be resolved now", where.host));
    }
    std::vector<address> found;
    for (const auto* each = list.get(); each; each = each->ai_next)
        found.push_back(address_of(each->ai_addr));
    const bool all = !found.empty() && std::all_of(found.begin(), found.end(), [&](const address& each) {
        return may_connect(given, each, where.port);
    });
    // The same words whatever the reason: who may not see a network shall not learn about it either.
    if (!all) {
        return bad(
            fmt::format("{} has no public address that may be asked on port {}", where.host, where.port)
        );
    }
    return found;
}

}  // namespace esm::fetch
