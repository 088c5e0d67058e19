// The public keys of a JWKS and verification with them (jwt.hpp).
#include <fmt/format.h>

#include "platform/base/json_decoder.hpp"
#include "platform/security/base64.hpp"
#include "platform/security/es256.hpp"
#include "platform/security/jwt.hpp"
#include "platform/security/jwt_form.hpp"

namespace esm::security {

struct key_set::state {
    std::map<std::string, es256_key, std::less<>> keys;
};

namespace {

constexpr std::size_t keys_max = 64;

std::string_view member(const boost::json::object& jwk, std::string_view name) {
    const auto* value = jwk.if_contains(name);
    if (value == nullptr || !value->is_string()) return {};
    return {value->get_string().data(), value->get_string().size()};
}

// The key where it is one for ES256 signatures (RFC 7517 section 4, RFC 7518 section 6.2).
std::optional<es256_key> es256_of(const boost::json::object& jwk) {
    if (member(jwk, "kty") != "EC" || member(jwk, "crv") != "P-256") return std::nullopt;
    if (jwk.contains("alg") && member(jwk, "alg") != "ES256") return std::nullopt;
    if (jwk.contains("use") && member(jwk, "use") != "sig") return std::nullopt;
    const auto x = base64url_decode(member(jwk, "x"));
    const auto y = base64url_decode(member(jwk, "y"));
    if (!x || !y) return std::nullopt;
    return es256_key::from_point(*x, *y);
}

}  // namespace

key_set::key_set() : state_(std::make_shared<const state>()) {}

result<key_set> key_set::parse(std::string_view jwks) {
    const auto document = json::parse_object(jwks);
    if (!document) return document.error();
    const auto* keys = document->if_contains("keys");
    if (keys == nullptr || !keys->is_array())
        return fail(errc::malformed_request, "a JWKS has a list of keys");
    if (keys->get_array().size() > keys_max) {
        return fail(errc::malformed_request, fmt::format("a JWKS of more than {} keys", keys_max));
    }
    auto filled = std::make_shared<state>();
    for (const auto& entry : keys->get_array()) {
        if (!entry.is_object()) return fail(errc::malformed_request, "a key of a JWKS is an object");
        const auto id = member(entry.get_object(), "kid");
        auto key = es256_of(entry.get_object());
        if (!id.empty() && key) filled->keys.emplace(id, std::move(*key));
    }
    key_set made;
    made.state_ = std::move(filled);
    return made;
}

bool key_set::contains(std::string_view key_id) const {
    return state_->keys.contains(key_id);
}
bool key_set::empty() const {
    return state_->keys.empty();
}

result<access_claims> key_set::verify(
    std::string_view token, std::string_view issuer, std::string_view audience, std::int64_t now_s
) const {
    const auto parts = split_token(token);
    if (!parts) return fail(errc::invalid_token, "the token is not a compact JWS");
    const auto key_id = acceptable_key_id(parts->header);
    if (!key_id) return fail(errc::invalid_token, "the token's header is not that of an ES256 access token");
    const auto key = state_->keys.find(*key_id);
    if (key == state_->keys.end()) return fail(errc::invalid_token, "the token's key is not known");
    if (!key->second.verify(parts->signed_text, parts->signature)) {
        return fail(errc::invalid_token, "the token's signature does not fit");
    }
    return read_claims(parts->payload, {issuer, audience, now_s});
}

}  // namespace esm::security
