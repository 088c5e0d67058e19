// A Google service account: the JSON key file that the operator gives, and the signed grant that is exchanged
// for an access token (RFC 7523 section 2.1). A value; read once at the start.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace esm::notifications {

struct service_account {
    std::string client_email;
    std::string private_key;     // RSA, PKCS #8 in PEM form
    std::string private_key_id;  // empty: not named
    std::string token_uri;
    std::string project_id;
};

// Throws std::runtime_error that names the file and what is wrong with it, never its content.
service_account service_account_from_file(const std::string& path);

// The JWT of RFC 7523 section 3, signed by RS256 (RFC 7518 section 3.3), good for an hour. Throws
// std::runtime_error where the key is not one of RSA.
std::string sign_grant(const service_account& with, std::string_view scope, std::int64_t now_s);

}  // namespace esm::notifications
