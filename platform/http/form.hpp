// What OAuth endpoints read besides JSON: form bodies and HTTP Basic credentials.
#pragma once

#include <optional>
#include <string>

#include "platform/http/message.hpp"

namespace esm::http {

// The fields of an application/x-www-form-urlencoded body (URL Standard, section 5.1), at most 100.
// errc::unsupported_media_type, errc::malformed_request; a field that comes twice is malformed (RFC 6749
// section 3.2).
class form {
public:
    static result<form> read(const request& from);

    // Nothing where it is absent or empty (RFC 6749 section 3.2: without a value is as if omitted).
    std::optional<std::string> value(std::string_view name) const;

private:
    std::vector<std::pair<std::string, std::string>> fields_;
};

struct basic_credentials {
    std::string name, secret;
};

// `Authorization: Basic` (RFC 7617) with name and secret form-encoded as OAuth wants them (RFC 6749 section
// 2.3.1); nothing where the header is absent, of another scheme or broken.
std::optional<basic_credentials> read_basic(const request& from);

}  // namespace esm::http
