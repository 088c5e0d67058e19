// See target.hpp.
#include "platform/fetch/target.hpp"

#include <fmt/format.h>
#include <netdb.h>

#include <algorithm>
#include <boost/url.hpp>
#include <charconv>
#include <memory>

#include "platform/fetch/socket_address.hpp"

namespace esm::fetch {

namespace {

namespace urls = boost::urls;

constexpr std::size_t url_max_bytes = 2048;

error bad(std::string text) {
    return fail(errc::validation_failed, std::move(text));
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

bool is_allowed_on_purpose(const rules& given, const address& which) {
    return std::any_of(given.allowed.begin(), given.allowed.end(), [&](const network& each) {
        return each.has(which);
    });
}

bool may_connect(const rules& given, const address& to, std::uint16_t port) {
    if (is_allowed_on_purpose(given, to)) return true;
    return is_public(to) && std::find(given.ports.begin(), given.ports.end(), port) != given.ports.end();
}

std::optional<address> literal_address(const target& where) {
    boost::system::error_code none;
    const auto read = boost::asio::ip::make_address(where.host, none);
    return none ? std::nullopt : std::optional(read);
}

bool looks_like_address(const target& where) {
    std::string_view host = where.host;
    if (host.ends_with('.')) host.remove_suffix(1);
    const auto last = host.substr(host.rfind('.') + 1);
    const bool digits = !last.empty() && std::all_of(last.begin(), last.end(), [](unsigned char c) {
        return std::isdigit(c) != 0;
    });
    return !literal_address(where) && (digits || last.starts_with("0x") || last.starts_with("0X"));
}

std::string lower_case(std::string_view name) {
    std::string lowered(name);
    std::transform(lowered.begin(), lowered.end(), lowered.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    return lowered;
}

std::string not_allowed_text(const target& where) {
    return fmt::format("{} has no public address that may be asked on port {}", where.host, where.port);
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
    if (!all) return bad(not_allowed_text(where));
    return found;
}

}  // namespace esm::fetch
