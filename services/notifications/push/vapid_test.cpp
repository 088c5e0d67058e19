// Tokens that a push service verifies, one an origin until half of its life; the key's file.
#include "services/notifications/push/vapid.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <fstream>
#include <future>

#include "platform/base/json_decoder.hpp"
#include "platform/security/base64.hpp"
#include "platform/testing/support.hpp"

namespace esm::notifications {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::int64_t now_s = 1'795'000'000;
const std::string subject = "mailto:operator@example.com";

struct header_parts {
    std::string signed_text, signature, claims, head, key;
};

header_parts take_apart(const std::string& header) {
    EXPECT_THAT(header, StartsWith("vapid t="));
    const auto comma = header.find(", k=");
    const auto token = header.substr(8, comma - 8);
    const auto first = token.find('.'), second = token.find('.', first + 1);
    const auto decoded = [](const std::string& text) { return security::base64url_decode(text).value(); };
    return {
        token.substr(0, second),
        decoded(token.substr(second + 1)),
        decoded(token.substr(first + 1, second - first - 1)),
        decoded(token.substr(0, first)),
        decoded(header.substr(comma + 4)),
    };
}

std::string audience(vapid& of, std::string_view endpoint) {
    const auto header = of.authorization(endpoint, now_s);
    if (!header) return header.error().detail;
    const auto claims = json::parse_object(take_apart(*header).claims).value();
    return std::string(claims.at("aud").as_string());
}

TEST(vapid, a_token_holds_what_rfc_8292_asks) {
    vapid sender(security::es256_key::generate(), subject);
    const auto header = sender.authorization("https://push.example.net/abc?d", now_s).value();
    const auto parts = take_apart(header);
    EXPECT_EQ(parts.head, R"({"typ":"JWT","alg":"ES256"})");
    const auto claims = json::parse_object(parts.claims).value();
    EXPECT_EQ(claims.at("aud").as_string(), "https://push.example.net");
    EXPECT_EQ(claims.at("sub").as_string(), subject);
    EXPECT_GT(claims.at("exp").as_int64(), now_s + 6 * 3600) << "used for so long";
    EXPECT_LE(claims.at("exp").as_int64(), now_s + 12 * 3600);

    ASSERT_EQ(parts.key.size(), 65U);
    EXPECT_EQ(security::base64url_encode(parts.key), sender.application_server_key());
    const auto key = security::es256_key::from_point(parts.key.substr(1, 32), parts.key.substr(33));
    ASSERT_TRUE(key.has_value());
    EXPECT_TRUE(key->verify(parts.signed_text, parts.signature));
}

TEST(vapid, the_audience_is_the_origin) {
    vapid sender(security::es256_key::generate(), subject);
    EXPECT_EQ(audience(sender, "https://PUSH.Example.net/a/b"), "https://push.example.net");
    EXPECT_EQ(audience(sender, "HTTPS://push.example.net:443/a"), "https://push.example.net");
    EXPECT_EQ(audience(sender, "https://push.example.net:8443/a"), "https://push.example.net:8443");
    EXPECT_EQ(audience(sender, "http://127.0.0.1:80/"), "http://127.0.0.1");
    EXPECT_EQ(audience(sender, "https://[2001:db8::1]:444/x"), "https://[2001:db8::1]:444");
    EXPECT_EQ(audience(sender, "no url"), "the endpoint is no URL");
}

TEST(vapid, a_token_is_used_until_half_of_its_life) {
    vapid sender(security::es256_key::generate(), subject);
    const auto at = [&](std::int64_t second, std::string_view endpoint) {
        return sender.authorization(endpoint, second).value();
    };
    const auto first = at(now_s, "https://a.example/1");
    EXPECT_EQ(at(now_s + 6 * 3600 - 1, "https://a.example/2"), first) << "the same origin";
    EXPECT_NE(at(now_s, "https://b.example/1"), first);
    EXPECT_NE(at(now_s + 6 * 3600, "https://a.example/1"), first);
}

TEST(vapid, strangers_origins_do_not_fill_the_memory) {
    vapid sender(security::es256_key::generate(), subject);
    const auto first = sender.authorization("https://a.example/", now_s).value();
    for (int i = 0; i < 1000; ++i) {
        ASSERT_TRUE(sender.authorization(fmt::format("https://a{}.example/", i), now_s).has_value());
    }
    // ECDSA is random: only a token that was kept comes again.
    EXPECT_NE(sender.authorization("https://a.example/", now_s).value(), first);
}

TEST(vapid, the_subject_must_reach_somebody) {
    EXPECT_NO_THROW(vapid(security::es256_key::generate(), "https://example.com/contact"));
    EXPECT_THROW(vapid(security::es256_key::generate(), "operator@example.com"), std::invalid_argument);
    EXPECT_THROW(vapid(security::es256_key::generate(), ""), std::invalid_argument);
}

TEST(vapid_key, is_made_once_for_its_owner_alone) {
    const esm::testing::temporary_folder folder;
    const auto path = folder.file("vapid.pem");
    const auto made = vapid_key_from_file(path, true).public_point();
    struct stat status{};
    ASSERT_EQ(::stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U);
    const auto again = vapid_key_from_file(path, true).public_point();
    EXPECT_EQ(made.x + made.y, again.x + again.y);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1) << "no draft is left";
}

TEST(vapid_key, creators_at_once_agree) {
    const esm::testing::temporary_folder folder;
    const auto path = folder.file("vapid.pem");
    std::vector<std::future<std::string>> creators;
    for (int i = 0; i < 8; ++i) {
        creators.push_back(std::async(std::launch::async, [&] {
            return vapid_key_from_file(path, true).public_point().x;
        }));
    }
    const auto first = creators.front().get();
    for (std::size_t i = 1; i < creators.size(); ++i) EXPECT_EQ(creators[i].get(), first);
}

std::string refusal(const std::string& path, bool create) {
    try {
        vapid_key_from_file(path, create);
    } catch (const std::runtime_error& problem) {
        return problem.what();
    }
    return {};
}

TEST(vapid_key, files_that_hold_none) {
    const esm::testing::temporary_folder folder;
    EXPECT_THAT(refusal(folder.file("missing.pem"), false), HasSubstr("cannot open it"));
    EXPECT_THAT(refusal(folder.file("no/folder/vapid.pem"), true), HasSubstr("cannot create it"));
    std::ofstream(folder.file("text.pem")) << "no key";
    EXPECT_THAT(refusal(folder.file("text.pem"), true), HasSubstr("text.pem: not a private key"));
}

}  // namespace
}  // namespace esm::notifications
