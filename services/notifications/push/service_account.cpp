// See service_account.hpp.
#include "services/notifications/push/service_account.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <fstream>
#include <iterator>

#include "platform/base/json_decoder.hpp"
#include "platform/fetch/fetch.hpp"
#include "platform/security/base64.hpp"
#include "services/notifications/push/openssl_handle.hpp"

namespace esm::notifications {

namespace {

constexpr std::int64_t grant_lifetime_s = 3600;  // as long as Google takes

int refuse_pass_phrase(char*, int, int, void*) {
    return -1;
}

pkey_handle read_rsa_key(const std::string& pem) {
    const memory_bio source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    require_openssl(source != nullptr, "out of memory");
    pkey_handle key(PEM_read_bio_PrivateKey(source.get(), nullptr, refuse_pass_phrase, nullptr));
    ERR_clear_error();
    require_openssl(key && EVP_PKEY_is_a(key.get(), "RSA") == 1, "private_key is no RSA key in PEM form");
    return key;
}

std::string rs256(const service_account& with, std::string_view text) {
    const auto key = read_rsa_key(with.private_key);
    const digest_context context(EVP_MD_CTX_new());
    std::string signature(static_cast<std::size_t>(EVP_PKEY_get_size(key.get())), '\0');
    std::size_t size = signature.size();
    const bool done =
        context &&
        EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key.get(), nullptr) == 1 &&
        EVP_DigestSign(context.get(), openssl_bytes(signature), &size, openssl_bytes(text), text.size()) == 1;
    require_openssl(done, "OpenSSL refuses to sign with an RSA key");
    signature.resize(size);
    return signature;
}

std::string member_of(const boost::json::object& from, const char* name) {
    const auto* found = from.if_contains(name);
    if (found == nullptr || !found->is_string() || found->get_string().empty()) {
        throw std::runtime_error(fmt::format("{} is missing", name));
    }
    return std::string(found->get_string());
}

service_account read_account(const std::string& text) {
    const auto parsed = json::parse_object(text);
    if (!parsed) throw std::runtime_error("it is not a JSON object");
    service_account read;
    read.client_email = member_of(*parsed, "client_email");
    read.private_key = member_of(*parsed, "private_key");
    read.token_uri = member_of(*parsed, "token_uri");
    read.project_id = member_of(*parsed, "project_id");
    if (parsed->contains("private_key_id")) read.private_key_id = member_of(*parsed, "private_key_id");
    if (const auto problem = fetch::problem_of(read.token_uri); !problem.empty()) {
        throw std::runtime_error("token_uri: " + problem);
    }
    read_rsa_key(read.private_key);
    return read;
}

}  // namespace

service_account service_account_from_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    try {
        if (!file) throw std::runtime_error("it cannot be read");
        return read_account(text);
    } catch (const std::runtime_error& problem) {
        throw std::runtime_error(fmt::format("the service account {}: {}", path, problem.what()));
    }
}

std::string sign_grant(const service_account& with, std::string_view scope, std::int64_t now_s) {
    boost::json::object header{{"alg", "RS256"}, {"typ", "JWT"}};
    if (!with.private_key_id.empty()) header["kid"] = with.private_key_id;
    const boost::json::object claims{
        {"iss", with.client_email},
        {"scope", scope},
        {"aud", with.token_uri},
        {"iat", now_s},
        {"exp", now_s + grant_lifetime_s},
    };
    const auto signed_text = security::base64url_encode(boost::json::serialize(header)) + '.' +
                             security::base64url_encode(boost::json::serialize(claims));
    return signed_text + '.' + security::base64url_encode(rs256(with, signed_text));
}

}  // namespace esm::notifications
