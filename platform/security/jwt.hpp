// Access tokens: JWT of RFC 9068 as ES256 JWS (RFC 7515, RFC 7518 section 3.4), one algorithm, no
// negotiation.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/context.hpp"
#include "platform/base/result.hpp"

namespace esm::security {

struct access_claims {
    std::string issuer, audience, client_id, token_id, session_id, username;
    std::int64_t user_id{0};  // 0 for a client that acts for itself: `sub` is its client_id
    std::int64_t issued_at_s{0}, expires_at_s{0};
    std::vector<std::string> scopes, roles;
};

// A P-256 private key with its key id. Immutable, shared by all shards.
class signing_key {
public:
    static signing_key generate();                            // id is the RFC 7638 thumbprint
    static signing_key from_pem(std::string_view pkcs8_pem);  // throws std::runtime_error
    std::string to_pem() const;
    const std::string& id() const;
    std::string public_jwk() const;  // JSON object text: kty, crv, x, y, use, alg, kid

    // The compact JWS with typ at+jwt.
    std::string sign(const access_claims& claims) const;

    struct state;

private:
    std::shared_ptr<const state> state_;
};

// The public keys of one JWKS (RFC 7517). Immutable; a refresh makes a new one.
class key_set {
public:
    key_set();
    // errc::malformed_request when it is no JWKS; keys that are not ES256 are left out.
    static result<key_set> parse(std::string_view jwks);
    bool contains(std::string_view key_id) const;
    bool empty() const;

    // Checks form, typ, alg, kid, signature, iss, aud, exp, nbf (60 s leeway for nbf and iat).
    // errc::invalid_token otherwise.
    result<access_claims> verify(
        std::string_view token, std::string_view issuer, std::string_view audience, std::int64_t now_s
    ) const;

    struct state;

private:
    std::shared_ptr<const state> state_;
};

// The `kid` of a token's header without verifying anything; empty when unreadable.
std::string unverified_key_id(std::string_view token);

}  // namespace esm::security
