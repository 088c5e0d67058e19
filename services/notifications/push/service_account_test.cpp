// The key file as Google gives it, every fault of one named, and grants that the account's key verifies.
#include "services/notifications/push/service_account.hpp"

#include <gmock/gmock.h>

#include "platform/base/json_decoder.hpp"
#include "platform/testing/support.hpp"
#include "services/notifications/push/test_account.hpp"

namespace esm::notifications {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* token_uri = "https://oauth2.googleapis.com/token";

class service_account_test : public ::testing::Test {
protected:
    std::string write(const boost::json::object& content) {
        const auto path = folder_.file("account.json");
        std::ofstream(path) << boost::json::serialize(content);
        return path;
    }
    std::string problem_of(const boost::json::object& content) { return problem_of_file(write(content)); }
    static std::string problem_of_file(const std::string& path) {
        try {
            service_account_from_file(path);
        } catch (const std::runtime_error& problem) {
            return problem.what();
        }
        return {};
    }

    esm::testing::temporary_folder folder_;
    testing::test_account made_;
};

TEST_F(service_account_test, is_read_from_its_file) {
    const auto read = service_account_from_file(write(made_.json(token_uri)));
    EXPECT_EQ(read.client_email, "push@a-project.iam.gserviceaccount.com");
    EXPECT_EQ(read.project_id, "a-project");
    EXPECT_EQ(read.private_key_id, "key-1");
    EXPECT_EQ(read.token_uri, token_uri);
}

TEST_F(service_account_test, faults_are_named) {
    EXPECT_THAT(problem_of_file(folder_.file("missing.json")), HasSubstr("missing.json: it cannot be read"));
    for (const auto* name : {"client_email", "private_key", "token_uri", "project_id"}) {
        auto content = made_.json(token_uri);
        content.erase(name);
        EXPECT_THAT(problem_of(content), HasSubstr(fmt::format("{} is missing", name)));
        content[name] = "";
        EXPECT_THAT(problem_of(content), HasSubstr(fmt::format("{} is missing", name)));
    }
    EXPECT_THAT(
        problem_of(made_.json("ftp://token.example")), HasSubstr("token_uri: the URL must begin with")
    );
    std::ofstream(folder_.file("text.json")) << "[]";
    EXPECT_THAT(problem_of_file(folder_.file("text.json")), HasSubstr("not a JSON object"));
}

TEST_F(service_account_test, keys_that_are_none) {
    auto content = made_.json(token_uri);
    content["private_key"] = "no key";
    EXPECT_THAT(problem_of(content), HasSubstr("private_key is no RSA key"));
    EXPECT_THAT(problem_of(content), Not(HasSubstr("no key\n")));
    const pkey_handle another(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    content["private_key"] = testing::pem_of(another.get());
    EXPECT_THAT(problem_of(content), HasSubstr("private_key is no RSA key"));
}

TEST_F(service_account_test, a_grant_holds_what_rfc_7523_asks) {
    const auto jwt = sign_grant(made_.account(token_uri), "a scope", 1'795'000'000);
    EXPECT_TRUE(made_.signed_by_it(jwt));
    EXPECT_FALSE(testing::test_account().signed_by_it(jwt));
    const auto first = jwt.find('.'), second = jwt.find('.', first + 1);
    const auto part = [&](std::size_t from, std::size_t to) {
        return json::parse_object(security::base64url_decode(jwt.substr(from, to - from)).value()).value();
    };
    EXPECT_EQ(part(0, first), (boost::json::object{{"alg", "RS256"}, {"typ", "JWT"}, {"kid", "key-1"}}));
    EXPECT_EQ(
        part(first + 1, second),
        (boost::json::object{
            {"iss", "push@a-project.iam.gserviceaccount.com"},
            {"scope", "a scope"},
            {"aud", token_uri},
            {"iat", 1'795'000'000},
            {"exp", 1'795'003'600},
        })
    );
}

}  // namespace
}  // namespace esm::notifications
