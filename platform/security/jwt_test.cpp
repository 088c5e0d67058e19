// Tokens that must pass and the forgeries that must not (security.md, Accounts and tokens).
#include "platform/security/jwt.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <boost/json.hpp>

#include "platform/security/base64.hpp"
#include "platform/security/es256.hpp"
#include "platform/security/sealed.hpp"

namespace esm::security {
namespace {

using testing::ElementsAre;

constexpr std::int64_t now_s = 1'700'000'000;
constexpr std::string_view issuer = "esm";
constexpr std::string_view audience = "esm-api";

access_claims some_claims() {
    access_claims claims;
    claims.issuer = issuer;
    claims.audience = audience;
    claims.client_id = "web";
    claims.token_id = "t1";
    claims.session_id = "s1";
    claims.username = "ada";
    claims.user_id = 1001;
    claims.issued_at_s = now_s;
    claims.expires_at_s = now_s + 600;
    claims.scopes = {"tasks:read", "tasks:write"};
    claims.roles = {"user"};
    return claims;
}

class jwt : public testing::Test {
protected:
    static std::string jwks_of(const std::vector<std::string>& keys) {
        return fmt::format(R"({{"keys":[{}]}})", fmt::join(keys, ","));
    }

    // A token with any header and payload, signed well.
    std::string forge(const boost::json::value& header, const boost::json::value& payload) const {
        const auto text = base64url_encode(serialize(header)) + '.' + base64url_encode(serialize(payload));
        return text + '.' + base64url_encode(es256_key::from_pem(key.to_pem()).sign(text));
    }

    boost::json::object header() const { return {{"alg", "ES256"}, {"typ", "at+jwt"}, {"kid", key.id()}}; }

    static boost::json::object payload() {
        return {
            {"iss", issuer},
            {"aud", audience},
            {"sub", "1001"},
            {"client_id", "web"},
            {"jti", "t1"},
            {"sid", "s1"},
            {"iat", now_s},
            {"scope", "x"},
            {"exp", now_s + 600}
        };
    }

    result<access_claims> verify(std::string_view token, std::int64_t at_s = now_s) const {
        return keys.verify(token, issuer, audience, at_s);
    }

    bool accepts_header(std::string_view name, const boost::json::value& value) const {
        auto changed = header();
        changed[name] = value;
        return verify(forge(changed, payload())).has_value();
    }

    bool accepts_claim(std::string_view name, const boost::json::value& value) const {
        auto changed = payload();
        changed[name] = value;
        return verify(forge(header(), changed)).has_value();
    }

    const signing_key key = signing_key::generate();
    const key_set keys = key_set::parse(jwks_of({key.public_jwk()})).value();
};

TEST_F(jwt, a_signed_token_verifies_and_gives_its_claims_back) {
    const auto claims = verify(key.sign(some_claims()));
    ASSERT_TRUE(claims) << claims.error().detail;
    EXPECT_EQ(claims->user_id, 1001);
    EXPECT_EQ(claims->username, "ada");
    EXPECT_EQ(claims->session_id, "s1");
    EXPECT_EQ(claims->token_id, "t1");
    EXPECT_EQ(claims->client_id, "web");
    EXPECT_EQ(claims->expires_at_s, now_s + 600);
    EXPECT_THAT(claims->scopes, ElementsAre("tasks:read", "tasks:write"));
    EXPECT_THAT(claims->roles, ElementsAre("user"));
}

TEST_F(jwt, a_key_survives_its_pem) {
    const auto again = signing_key::from_pem(key.to_pem());
    EXPECT_EQ(again.id(), key.id());
    EXPECT_EQ(again.public_jwk(), key.public_jwk());
    EXPECT_TRUE(verify(again.sign(some_claims())));
    EXPECT_THROW(signing_key::from_pem("-----BEGIN PRIVATE KEY-----\n"), std::runtime_error);
}

// Signed by PyJWT 2.15 with cryptography, an implementation that shares nothing with ours.
TEST_F(jwt, a_token_of_another_library_verifies) {
    const auto foreign = key_set::parse(
        R"({"keys": [{"kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": "pyjwt-1",)"
        R"( "x": "pjvEQQEAAiH6uvzMytGRh5hZiwXfJI-syGupYj5wWMI",)"
        R"( "y": "o8cAG9eEyRE9pbuUm4CS6qaWVwq0RB7llcmJaiPN9Lc"}]})"
    );
    ASSERT_TRUE(foreign);
    constexpr std::string_view token =
        "eyJhbGciOiJFUzI1NiIsImtpZCI6InB5and0LTEiLCJ0eXAiOiJhdCtqd3QifQ"
        ".eyJpc3MiOiJlc20iLCJhdWQiOlsib3RoZXIiLCJlc20tYXBpIl0sInN1YiI6IjEwMDEiLCJjbGllbnRfaWQiOiJ3ZWIiLCJqdGk"
        "iOiJ0"
        "MSIsInNpZCI6InMxIiwiaWF0IjoxNzAwMDAwMDAwLCJleHAiOjE3MDAwMDA2MDAsIm5iZiI6MTcwMDAwMDAwMCwic2NvcGUiOiJ0"
        "YXNrczp"
        "yZWFkIHRhc2tzOndyaXRlIiwicm9sZXMiOlsidXNlciJdLCJwcmVmZXJyZWRfdXNlcm5hbWUiOiJhZGEifQ"
        ".T45_2TEHFvobqiW0f0afYvVhQD07E-0WI1ifKMjbwt8U55RFNiYpsiQWxchq1ehph3CmnlL8wDCBiLJ9oB-vNw";
    const auto claims = foreign->verify(token, issuer, audience, now_s);
    ASSERT_TRUE(claims) << claims.error().detail;
    EXPECT_EQ(claims->user_id, 1001);
    EXPECT_EQ(claims->username, "ada");
}

TEST(signing_key, its_id_is_the_rfc_7638_thumbprint) {
    const auto key = signing_key::generate();
    const auto jwk = boost::json::parse(key.public_jwk()).as_object();
    EXPECT_EQ(jwk.at("kty"), "EC");
    EXPECT_EQ(jwk.at("crv"), "P-256");
    EXPECT_EQ(jwk.at("use"), "sig");
    EXPECT_EQ(jwk.at("alg"), "ES256");
    EXPECT_EQ(jwk.at("kid").as_string(), key.id());
    const auto member = [&jwk](const char* name) { return std::string(jwk.at(name).as_string().c_str()); };
    const auto canonical =
        R"({"crv":"P-256","kty":"EC","x":")" + member("x") + R"(","y":")" + member("y") + "\"}";
    const auto digest = base64url_decode(key.id());
    ASSERT_TRUE(digest);
    std::string hex;
    for (const unsigned char byte : *digest) hex += fmt::format("{:02x}", byte);
    EXPECT_EQ(hex, sha256_hex(canonical));
}

TEST_F(jwt, no_other_algorithm_is_taken) {
    for (const auto* algorithm : {"none", "nOnE", "HS256", "RS256", "ES384", "es256", ""}) {
        EXPECT_FALSE(accepts_header("alg", algorithm)) << algorithm;
    }
    EXPECT_FALSE(accepts_header("alg", nullptr));
    const auto none =
        base64url_encode(R"({"alg":"none","typ":"at+jwt"})") + '.' + base64url_encode(serialize(payload()));
    EXPECT_FALSE(verify(none + '.'));
    EXPECT_FALSE(verify(none));
}

TEST_F(jwt, an_hmac_with_the_public_key_is_refused) {
    for (const auto* algorithm : {"HS256", "ES256"}) {
        auto changed = header();
        changed["alg"] = algorithm;
        const auto text = base64url_encode(serialize(changed)) + '.' + base64url_encode(serialize(payload()));
        const auto secret = key.public_jwk();
        std::string mac(32, '\0');
        HMAC(
            EVP_sha256(),
            secret.data(),
            static_cast<int>(secret.size()),
            reinterpret_cast<const unsigned char*>(text.data()),
            text.size(),
            reinterpret_cast<unsigned char*>(mac.data()),
            nullptr
        );
        EXPECT_FALSE(verify(text + '.' + base64url_encode(mac)));
    }
}

TEST_F(jwt, key_ids_cannot_lead_astray) {
    for (const auto* id : {"../../dev/null", "x' OR '1'='1", "", "\"", "http://evil/jwks", "unknown"}) {
        EXPECT_FALSE(accepts_header("kid", id)) << id;
    }
    EXPECT_FALSE(accepts_header("kid", 7));
    EXPECT_FALSE(accepts_header("kid", boost::json::string(5000, 'a')));
}

TEST_F(jwt, keys_that_a_token_brings_along_are_not_used) {
    const auto stranger = signing_key::generate();
    auto changed = header();
    changed["jwk"] = boost::json::parse(stranger.public_jwk());
    changed["jku"] = "http://127.0.0.1:1/jwks.json";
    changed["x5u"] = "http://127.0.0.1:1/cert.pem";
    EXPECT_TRUE(verify(forge(changed, payload()))) << "they are ignored, the known key decides";
    auto token = stranger.sign(some_claims());
    EXPECT_FALSE(verify(token));
}

TEST_F(jwt, critical_extensions_are_refused) {
    EXPECT_FALSE(accepts_header("crit", boost::json::array{"b64"}));
    EXPECT_FALSE(accepts_header("crit", boost::json::array{}));
}

TEST_F(jwt, only_access_tokens_are_taken) {
    EXPECT_TRUE(accepts_header("typ", "AT+JWT"));
    EXPECT_TRUE(accepts_header("typ", "application/at+jwt"));
    for (const auto* type : {"JWT", "", "rt+jwt", "text/at+jwt", "at+jwt "}) {
        EXPECT_FALSE(accepts_header("typ", type)) << type;
    }
    EXPECT_FALSE(verify("esm_rt_Zm9vYmFy"));
}

TEST_F(jwt, times_hold_with_a_minute_of_leeway_for_the_beginning_and_none_for_the_end) {
    const auto token = key.sign(some_claims());
    EXPECT_TRUE(verify(token, now_s + 599));
    EXPECT_FALSE(verify(token, now_s + 600));
    EXPECT_TRUE(verify(token, now_s - 60));
    EXPECT_FALSE(verify(token, now_s - 61)) << "issued in the future";
    EXPECT_TRUE(accepts_claim("nbf", now_s + 60));
    EXPECT_FALSE(accepts_claim("nbf", now_s + 61));
    EXPECT_FALSE(accepts_claim("nbf", "soon"));
}

TEST_F(jwt, issuer_and_audience_must_be_ours) {
    EXPECT_FALSE(accepts_claim("iss", "evil"));
    EXPECT_FALSE(accepts_claim("iss", nullptr));
    EXPECT_FALSE(accepts_claim("aud", "other"));
    EXPECT_FALSE(accepts_claim("aud", boost::json::array{"other"}));
    EXPECT_FALSE(accepts_claim("aud", boost::json::array{"esm-api", 1}));
    EXPECT_FALSE(accepts_claim("aud", boost::json::object{}));
    EXPECT_TRUE(accepts_claim("aud", boost::json::array{"other", "esm-api"}));
}

TEST_F(jwt, claims_are_there_and_have_their_types) {
    for (const auto* name : {"iss", "aud", "sub", "client_id", "jti", "sid", "iat", "exp"}) {
        auto changed = payload();
        changed.erase(name);
        EXPECT_FALSE(verify(forge(header(), changed))) << name << " missing";
        EXPECT_FALSE(accepts_claim(name, boost::json::object{})) << name;
    }
    for (const auto* subject : {"", "0", "-1", "+7", "007", "1001x", "99999999999999999999"}) {
        EXPECT_FALSE(accepts_claim("sub", subject)) << subject;
    }
    EXPECT_FALSE(accepts_claim("sub", 1001));
    EXPECT_FALSE(accepts_claim("exp", "1800000000"));
    EXPECT_FALSE(accepts_claim("exp", 1.8e9));
    EXPECT_FALSE(accepts_claim("exp", -1));
    EXPECT_FALSE(accepts_claim("exp", std::uint64_t{1} << 63U));
    EXPECT_FALSE(accepts_claim("scope", boost::json::array{"x"}));
    EXPECT_FALSE(accepts_claim("roles", "admin"));
    EXPECT_FALSE(accepts_claim("roles", boost::json::array{1}));
    EXPECT_FALSE(accepts_claim("preferred_username", 1));
}

TEST_F(jwt, any_change_of_the_text_is_noticed) {
    const auto token = key.sign(some_claims());
    for (std::size_t i = 0; i < token.size(); i += 7) {
        auto changed = token;
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        EXPECT_FALSE(verify(changed)) << i;
    }
    for (const auto& changed :
         {token + "=", token + ".", token + ".AA", " " + token, token.substr(1), std::string()}) {
        EXPECT_FALSE(verify(changed)) << changed;
    }
    EXPECT_FALSE(verify(std::string(9000, 'A')));
    EXPECT_FALSE(verify(".."));
}

TEST_F(jwt, signatures_of_other_forms_are_refused) {
    const auto token = key.sign(some_claims());
    const auto text = token.substr(0, token.rfind('.'));
    EXPECT_FALSE(verify(text + '.' + base64url_encode(std::string(64, '\0'))))
        << "r = s = 0 (CVE-2022-21449)";
    EXPECT_FALSE(verify(text + '.' + base64url_encode(std::string(64, '\xff'))));
    EXPECT_FALSE(verify(text + '.'));
    auto raw = *base64url_decode(std::string_view(token).substr(text.size() + 1));
    EXPECT_FALSE(verify(text + '.' + base64url_encode(raw + '\0')));
    EXPECT_FALSE(verify(text + '.' + base64url_encode(raw.substr(1))));
}

TEST_F(jwt, payloads_that_are_no_objects_are_refused) {
    EXPECT_FALSE(verify(forge(header(), boost::json::array{})));
    EXPECT_FALSE(verify(forge(boost::json::array{}, payload())));
    EXPECT_FALSE(verify(forge(header(), nullptr)));
}

// The example key of RFC 7515 appendix A.3.1.
TEST(es256_key, is_made_of_its_private_number) {
    const auto number = base64url_decode("jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI").value();
    const auto key = es256_key::from_private_number(number);
    ASSERT_TRUE(key.has_value());
    EXPECT_EQ(base64url_encode(key->public_point().x), "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU");
    EXPECT_EQ(base64url_encode(key->public_point().y), "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0");
    EXPECT_TRUE(key->verify("text", key->sign("text")));
    EXPECT_FALSE(es256_key::from_private_number(std::string(32, '\0')).has_value());
    EXPECT_FALSE(es256_key::from_private_number(std::string(32, '\xff')).has_value());
}

TEST(key_set, leaves_out_what_is_no_es256_key) {
    const auto key = signing_key::generate();
    const auto point = es256_key::from_pem(key.to_pem()).public_point();
    auto off_curve = boost::json::parse(key.public_jwk()).as_object();
    off_curve["kid"] = "off-curve";
    off_curve["y"] = base64url_encode(point.x);
    auto other_use = boost::json::parse(key.public_jwk()).as_object();
    other_use["kid"] = "encryption";
    other_use["use"] = "enc";
    const boost::json::object rsa{{"kty", "RSA"}, {"kid", "rsa"}, {"n", "AQAB"}, {"e", "AQAB"}};
    const boost::json::array all{off_curve, other_use, rsa, boost::json::parse(key.public_jwk())};
    const auto keys = key_set::parse(serialize(boost::json::object{{"keys", all}}));
    ASSERT_TRUE(keys);
    EXPECT_TRUE(keys->contains(key.id()));
    EXPECT_FALSE(keys->contains("off-curve"));
    EXPECT_FALSE(keys->contains("encryption"));
    EXPECT_FALSE(keys->contains("rsa"));
}

TEST(key_set, refuses_what_is_no_jwks) {
    for (const auto* text : {"", "[]", "{}", R"({"keys":1})", R"({"keys":[1]})", "{\"keys\":[]", "<html>"}) {
        EXPECT_FALSE(key_set::parse(text)) << text;
    }
    EXPECT_TRUE(key_set::parse(R"({"keys":[]})")->empty());
}

TEST(unverified_key_id, reads_the_header_alone) {
    const auto key = signing_key::generate();
    EXPECT_EQ(unverified_key_id(key.sign(some_claims())), key.id());
    EXPECT_EQ(unverified_key_id("a.b.c"), "");
    EXPECT_EQ(unverified_key_id(""), "");
}

}  // namespace
}  // namespace esm::security
