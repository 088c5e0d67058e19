// See jwt_form.hpp.
#include "platform/security/jwt_form.hpp"

#include <charconv>

#include "platform/base/json_decoder.hpp"
#include "platform/base/words.hpp"
#include "platform/security/base64.hpp"

namespace esm::security {

namespace {

namespace bj = boost::json;

constexpr std::int64_t leeway_s = 60;
constexpr std::size_t key_id_max_length = 128;

error invalid(std::string reason) {
    return fail(errc::invalid_token, std::move(reason));
}

const std::string* text_of(const bj::object& object, std::string_view name, std::string& storage) {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_string()) return nullptr;
    storage.assign(value->get_string().begin(), value->get_string().end());
    return &storage;
}

bool is_access_token_type(std::string_view type) {
    std::string lower(type);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    return lower == "at+jwt" || lower == "application/at+jwt";
}

bool is_key_id(std::string_view id) {
    constexpr std::string_view allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    return !id.empty() && id.size() <= key_id_max_length &&
           id.find_first_not_of(allowed) == std::string_view::npos;
}

// "1000", as sign() writes it: no sign, no leading zero.
std::optional<std::int64_t> user_id_of(std::string_view subject) {
    if (subject.empty() || subject.front() < '1' || subject.front() > '9') return std::nullopt;
    std::int64_t id = 0;
    const auto [end, failure] = std::from_chars(subject.data(), subject.data() + subject.size(), id);
    if (failure != std::errc{} || end != subject.data() + subject.size()) return std::nullopt;
    return id;
}

// Reads claims one by one and remembers the first that does not hold.
class claim_reader {
public:
    explicit claim_reader(const bj::object& payload) : payload_(payload) {}

    std::string text(std::string_view name) {
        std::string value;
        if (text_of(payload_, name, value) == nullptr) refuse(name);
        return value;
    }

    std::string optional_text(std::string_view name) {
        return payload_.if_contains(name) == nullptr ? std::string() : text(name);
    }

    // Seconds since the epoch.
    std::int64_t instant(std::string_view name) {
        const auto* value = payload_.if_contains(name);
        if (value != nullptr && value->is_int64() && value->get_int64() >= 0) return value->get_int64();
        refuse(name);
        return 0;
    }

    std::vector<std::string> optional_texts(std::string_view name) {
        std::vector<std::string> items;
        const auto* value = payload_.if_contains(name);
        if (value == nullptr) return items;
        if (!value->is_array()) {
            refuse(name);
            return items;
        }
        for (const auto& item : value->get_array()) {
            if (!item.is_string()) {
                refuse(name);
                return items;
            }
            items.emplace_back(item.get_string().begin(), item.get_string().end());
        }
        return items;
    }

    // A text or a list of texts (RFC 7519 section 4.1.3) among which `wanted` stands.
    void require_audience(std::string_view wanted) {
        const auto* value = payload_.if_contains("aud");
        const bool one = value != nullptr && value->is_string();
        const auto audiences = one ? std::vector{text("aud")} : optional_texts("aud");
        if (std::find(audiences.begin(), audiences.end(), wanted) == audiences.end()) refuse("aud");
    }

    bool has(std::string_view name) const { return payload_.contains(name); }
    void refuse(std::string_view name) {
        if (refused_.empty()) refused_ = name;
    }
    const std::string& refused() const { return refused_; }

private:
    const bj::object& payload_;
    std::string refused_;
};

}  // namespace

std::optional<token_parts> split_token(std::string_view token) {
    if (token.size() > token_max_bytes) return std::nullopt;
    const auto first = token.find('.');
    if (first == std::string_view::npos) return std::nullopt;
    const auto second = token.find('.', first + 1);
    // A third dot is no base64url character, so the signature's decoding refuses it.
    if (second == std::string_view::npos) return std::nullopt;
    auto header = base64url_decode(token.substr(0, first));
    auto payload = base64url_decode(token.substr(first + 1, second - first - 1));
    auto signature = base64url_decode(token.substr(second + 1));
    if (!header || !payload || !signature) return std::nullopt;
    return token_parts{
        std::move(*header), std::move(*payload), std::move(*signature), token.substr(0, second)
    };
}

std::optional<std::string> acceptable_key_id(std::string_view header) {
    const auto parsed = json::parse_object(header);
    if (!parsed) return std::nullopt;
    std::string algorithm, type, key_id;
    if (text_of(*parsed, "alg", algorithm) == nullptr || algorithm != "ES256") return std::nullopt;
    if (text_of(*parsed, "typ", type) == nullptr || !is_access_token_type(type)) return std::nullopt;
    if (parsed->contains("crit")) return std::nullopt;
    if (text_of(*parsed, "kid", key_id) == nullptr || !is_key_id(key_id)) return std::nullopt;
    return key_id;
}

result<access_claims> read_claims(std::string_view payload, const token_expectations& expected) {
    const auto parsed = json::parse_object(payload);
    if (!parsed) return invalid("the token's payload is not a JSON object");
    claim_reader reader(*parsed);
    access_claims claims;
    claims.issuer = reader.text("iss");
    if (claims.issuer != expected.issuer) reader.refuse("iss");
    claims.audience = expected.audience;
    reader.require_audience(expected.audience);
    const auto subject = reader.text("sub");
    claims.client_id = reader.text("client_id");
    const auto user_id = user_id_of(subject);
    // RFC 9068 section 2.2: a client that acts for itself is its own subject. No client id is a number.
    if (!user_id && subject != claims.client_id) reader.refuse("sub");
    claims.user_id = user_id.value_or(0);
    claims.token_id = reader.text("jti");
    claims.session_id = reader.text("sid");
    claims.username = reader.optional_text("preferred_username");
    claims.scopes = split_words(reader.optional_text("scope"));
    claims.roles = reader.optional_texts("roles");
    claims.issued_at_s = reader.instant("iat");
    if (claims.issued_at_s > expected.now_s + leeway_s) reader.refuse("iat");
    if (reader.has("nbf") && reader.instant("nbf") > expected.now_s + leeway_s) reader.refuse("nbf");
    claims.expires_at_s = reader.instant("exp");
    if (!reader.refused().empty()) return invalid("the token's claim " + reader.refused() + " does not hold");
    if (claims.expires_at_s <= expected.now_s) return invalid("the token has expired");
    return claims;
}

}  // namespace esm::security
