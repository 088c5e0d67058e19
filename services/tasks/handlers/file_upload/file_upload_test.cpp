// The task type file_upload: what it takes, what it refuses, what it says.
#include "services/tasks/handlers/file_upload/file_upload.hpp"

#include <gmock/gmock.h>

#include "services/tasks/handlers/file_upload/request.hpp"
#include "services/tasks/handlers/test_work.hpp"

namespace esm::tasks::file_upload {
namespace {

namespace bj = boost::json;
using kind = outcome::kind;
using ::testing::HasSubstr;

constexpr auto of_abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

class file_upload_test : public ::testing::Test {
protected:
    outcome run(std::string parameters) {
        work_ = std::make_unique<test_work>(std::move(parameters));
        work_->give_file(1000, "notes.txt", "text/plain", "abc");
        return handler_->run(*work_);
    }
    std::vector<std::string> problems(std::string_view parameters) {
        std::vector<std::string> found;
        for (const auto& each : handler_->check(bj::parse(parameters).as_object())) {
            found.push_back(each.pointer + " " + each.code);
        }
        return found;
    }

    const std::unique_ptr<handler> handler_ = make_handler({}, 1'000'000);
    std::unique_ptr<test_work> work_;
};

TEST_F(file_upload_test, adopts_a_file_of_the_user) {
    const auto done = run(fmt::format(
        R"({{"source":{{"fileId":1000}},"sha256":"{}","mediaTypes":["image/png","text/*"],"maxBytes":3}})",
        of_abc
    ));
    ASSERT_EQ(done.how, kind::completed) << done.text;
    EXPECT_EQ(
        bj::parse(done.text),
        bj::parse(fmt::format(
            R"({{"fileId":1000,"name":"notes.txt","mediaType":"text/plain","bytes":3,"sha256":"{}"}})", of_abc
        ))
    );
    EXPECT_TRUE(work_->kept.empty()) << "it is there already";
    EXPECT_THAT(run(R"({"source":{"fileId":1000},"name":"other"})").text, HasSubstr(R"("name":"other")"));
}

TEST_F(file_upload_test, refuses_a_file_that_is_not_as_expected) {
    const auto refused = [this](const char* expectation) {
        const auto done = run(fmt::format(R"({{"source":{{"fileId":1000}},{}}})", expectation));
        EXPECT_EQ(done.how, kind::rejected);
        return done.text;
    };
    EXPECT_THAT(refused(R"("maxBytes":2)"), HasSubstr("3 bytes, more than 2"));
    EXPECT_THAT(refused(R"("mediaTypes":["image/*","application/pdf"])"), HasSubstr("text/plain"));
    const auto other = std::string(64, '0');
    EXPECT_THAT(refused(fmt::format(R"("sha256":"{}")", other).c_str()), HasSubstr(of_abc));
    EXPECT_EQ(run(R"({"source":{"fileId":1001}})").how, kind::rejected);
}

TEST_F(file_upload_test, refuses_urls_that_lead_inside) {
    for (const auto* url :
         {"http://127.0.0.1/",
          "http://localhost:5001/",
          "http://169.254.169.254/latest/meta-data/",
          "http://[::1]/"}) {
        const auto done = run(fmt::format(R"({{"url":"{}"}})", url));
        EXPECT_EQ(done.how, kind::rejected) << url;
        EXPECT_THAT(done.text, HasSubstr("public address"));
    }
}

TEST_F(file_upload_test, checks_its_parameters) {
    using ::testing::ElementsAre;
    EXPECT_THAT(problems(R"({"source":{"fileId":1000}})"), ElementsAre());
    EXPECT_THAT(problems(R"({"source":{"taskId":1000,"artifact":"rows.csv"}})"), ElementsAre());
    EXPECT_THAT(
        problems(R"({"url":"https://example.com/a","name":"a","mediaTypes":["text/csv"]})"), ElementsAre()
    );
    EXPECT_THAT(problems("{}"), ElementsAre("/source one_of"));
    EXPECT_THAT(problems(R"({"source":{"fileId":1000},"url":"https://a/"})"), ElementsAre("/url one_of"));
    EXPECT_THAT(problems(R"({"source":{"fileId":999}})"), ElementsAre("/source/fileId out_of_range"));
    EXPECT_THAT(problems(R"({"source":{"fileId":1000,"x":1}})"), ElementsAre("/source/x unknown_field"));
    EXPECT_THAT(problems(R"({"source":{"taskId":1000}})"), ElementsAre("/source/artifact required"));
    EXPECT_THAT(problems(R"({"source":7})"), ElementsAre("/source wrong_type"));
    EXPECT_THAT(problems(R"({"url":"ftp://a/"})"), ElementsAre("/url pattern"));
    EXPECT_THAT(problems(R"({"url":"http://u:p@a/"})"), ElementsAre("/url pattern"));
    EXPECT_THAT(
        problems(
            R"({"url":"http://a/","sha256":"x","name":"a/b","maxBytes":-1,"mediaTypes":["TEXT"],"more":1})"
        ),
        ::testing::UnorderedElementsAre(
            "/sha256 pattern",
            "/name pattern",
            "/maxBytes out_of_range",
            "/mediaTypes pattern",
            "/more unknown_field"
        )
    );
}

TEST(media_types, may_be_whole_families) {
    EXPECT_TRUE(is_expected({}, "text/csv"));
    EXPECT_TRUE(is_expected({"text/csv"}, "text/csv"));
    EXPECT_TRUE(is_expected({"image/png", "text/*"}, "text/csv"));
    EXPECT_FALSE(is_expected({"image/*"}, "text/csv"));
    EXPECT_FALSE(is_expected({"text/c"}, "text/csv"));
}

}  // namespace
}  // namespace esm::tasks::file_upload
