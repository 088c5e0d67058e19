// See jwt.hpp. What a token must look like stands here; what its keys are, in key_set.cpp; the curve, in
// es256.cpp.
#include "platform/security/jwt.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "platform/base/words.hpp"
#include "platform/security/base64.hpp"
#include "platform/security/digest.hpp"
#include "platform/security/es256.hpp"
#include "platform/security/jwt_form.hpp"

namespace esm::security {

struct signing_key::state {
    es256_key key;
    std::string id;
    std::string jwk;
    std::string encoded_header;
};

namespace {

std::string thumbprint(std::string_view x, std::string_view y) {
    // RFC 7638 section 3: the required members in lexical order, without blanks.
    const auto digest = sha256(fmt::format(R"({{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}})", x, y));
    return base64url_encode({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::shared_ptr<const signing_key::state> describe(es256_key key) {
    const auto point = key.public_point();
    const auto x = base64url_encode(point.x);
    const auto y = base64url_encode(point.y);
    const auto id = thumbprint(x, y);
    auto jwk = fmt::format(
        R"({{"kty":"EC","crv":"P-256","x":"{}","y":"{}","use":"sig","alg":"ES256","kid":"{}"}})", x, y, id
    );
    auto header = base64url_encode(fmt::format(R"({{"alg":"ES256","typ":"at+jwt","kid":"{}"}})", id));
    return std::make_shared<const signing_key::state>(
        signing_key::state{std::move(key), id, std::move(jwk), std::move(header)}
    );
}

boost::json::array texts(const std::vector<std::string>& items) {
    return boost::json::array(items.begin(), items.end());
}

}  // namespace

signing_key signing_key::generate() {
    signing_key made;
    made.state_ = describe(es256_key::generate());
    return made;
}

signing_key signing_key::from_pem(std::string_view pkcs8_pem) {
    signing_key made;
    made.state_ = describe(es256_key::from_pem(pkcs8_pem));
    return made;
}

std::string signing_key::to_pem() const {
    return state_->key.to_pem();
}
const std::string& signing_key::id() const {
    return state_->id;
}
std::string signing_key::public_jwk() const {
    return state_->jwk;
}

std::string signing_key::sign(const access_claims& claims) const {
    const boost::json::object payload{
        {"iss", claims.issuer},
        {"aud", claims.audience},
        {"sub", claims.user_id == 0 ? claims.client_id : std::to_string(claims.user_id)},
        {"client_id", claims.client_id},
        {"jti", claims.token_id},
        {"sid", claims.session_id},
        {"iat", claims.issued_at_s},
        {"exp", claims.expires_at_s},
        {"scope", join_words(claims.scopes)},
        {"roles", texts(claims.roles)},
        {"preferred_username", claims.username},
    };
    std::string token = state_->encoded_header + '.' + base64url_encode(boost::json::serialize(payload));
    const std::string signature = state_->key.sign(token);
    token += '.';
    token += base64url_encode(signature);
    return token;
}

std::string unverified_key_id(std::string_view token) {
    const auto parts = split_token(token);
    if (!parts) return {};
    return acceptable_key_id(parts->header).value_or(std::string());
}

}  // namespace esm::security
