// See vapid.hpp.
#include "services/notifications/push/vapid.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/url.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "platform/base/random.hpp"
#include "platform/security/base64.hpp"

namespace esm::notifications {

namespace {

constexpr std::int64_t lifetime_s = 12 * 3600;  // section 2: at most a day; clocks differ
constexpr std::size_t origins_max = 1000;       // endpoints are strangers' texts

[[noreturn]] void fail_with_errno(const std::string& path, const char* doing) {
    throw std::runtime_error(fmt::format("VAPID key {}: cannot {}: {}", path, doing, std::strerror(errno)));
}

// Under another name first and linked into place, so that no process ever reads half a key and the first of
// several creators wins.
void create_key_file(const std::string& path) {
    const auto pem = security::es256_key::generate().to_pem();
    const auto draft = fmt::format("{}.{}", path, random_hex(8));
    const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (file < 0) fail_with_errno(path, "create it");
    const bool written =
        ::write(file, pem.data(), pem.size()) == static_cast<ssize_t>(pem.size()) && ::fsync(file) == 0;
    int failure = errno;
    ::close(file);
    const bool linked = written && (::link(draft.c_str(), path.c_str()) == 0 || errno == EEXIST);
    if (written) failure = errno;
    ::unlink(draft.c_str());
    errno = failure;
    if (!linked) fail_with_errno(path, "write it");
}

// RFC 6454 section 6.2: scheme and host in lower case, the port where it is not the scheme's own.
result<std::string> origin_of(std::string_view endpoint) {
    const auto parsed = boost::urls::parse_uri(endpoint);
    if (!parsed || parsed->host().empty()) return fail(errc::validation_failed, "the endpoint is no URL");
    boost::urls::url where(*parsed);
    where.normalize_scheme();
    where.normalize_authority();
    const std::string scheme(where.scheme()), host(where.encoded_host()), port(where.port());
    const bool usual = port.empty() || port == (scheme == "https" ? "443" : "80");
    return fmt::format("{}://{}{}{}", scheme, host, usual ? "" : ":", usual ? "" : port);
}

std::string point_text(const security::es256_key& key) {
    const auto [x, y] = key.public_point();
    return security::base64url_encode("\x04" + x + y);
}

}  // namespace

security::es256_key vapid_key_from_file(const std::string& path, bool create) {
    if (create && ::access(path.c_str(), F_OK) != 0) create_key_file(path);
    std::ifstream file(path, std::ios::binary);
    if (!file) fail_with_errno(path, "open it");
    const std::string pem{std::istreambuf_iterator<char>(file), {}};
    try {
        return security::es256_key::from_pem(pem);
    } catch (const std::runtime_error& problem) {
        throw std::runtime_error(fmt::format("VAPID key {}: {}", path, problem.what()));
    }
}

vapid::vapid(security::es256_key key, std::string subject)
    : key_(std::move(key)), subject_(std::move(subject)), public_key_(point_text(key_)) {
    if (!subject_.starts_with("mailto:") && !subject_.starts_with("https://")) {
        throw std::invalid_argument("the subject of VAPID is a mailto: or https: URI");
    }
}

result<std::string> vapid::authorization(std::string_view endpoint, std::int64_t now_s) {
    auto origin = origin_of(endpoint);
    if (!origin) return origin.error();
    {
        const std::lock_guard lock(mutex_);
        const auto found = by_origin_.find(*origin);
        if (found != by_origin_.end() && now_s < found->second.good_until_s) return found->second.header;
    }
    auto header = fmt::format("vapid t={}, k={}", make_token(*origin, now_s), public_key_);
    const std::lock_guard lock(mutex_);
    if (by_origin_.size() >= origins_max) by_origin_.clear();  // tokens are cheap to make again
    by_origin_.insert_or_assign(std::move(*origin), made{header, now_s + lifetime_s / 2});
    return header;
}

std::string vapid::make_token(std::string_view origin, std::int64_t now_s) const {
    const boost::json::object claims{{"aud", origin}, {"exp", now_s + lifetime_s}, {"sub", subject_}};
    const auto signed_text = security::base64url_encode(R"({"typ":"JWT","alg":"ES256"})") + '.' +
                             security::base64url_encode(boost::json::serialize(claims));
    return signed_text + '.' + security::base64url_encode(key_.sign(signed_text));
}

}  // namespace esm::notifications
