// Unsubscribing by the link of a mail, on both databases: without a login, as mail programs do it (RFC 8058)
// and as people do.
#include <gmock/gmock.h>

#include "services/notifications/preferences/unsubscribe_token.hpp"
#include "services/notifications/routes_fixture.hpp"

namespace esm::notifications {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr auto form_type = "application/x-www-form-urlencoded";
constexpr auto one_click = "List-Unsubscribe=One-Click";
constexpr auto switched_off = R"({"task.completed.v1":{"email":{"enabled":false}}})";

class unsubscribe_test : public routes_fixture {
protected:
    std::string token(std::variant<std::int64_t, std::string> who = std::int64_t{1000}) {
        return make_unsubscribe_token(code_key_, {std::move(who), "task.completed.v1", "email"});
    }

    static http::request anybody(
        std::string method, const std::string& token, std::string body = {}, std::string type = form_type
    ) {
        auto call = request(std::move(method), "/unsubscribe?token=" + token, {});
        call.ctx.caller.reset();
        if (!body.empty()) call.headers.emplace_back("content-type", std::move(type));
        call.body = std::move(body);
        return call;
    }

    boost::json::object wishes() { return json(send("GET", "/preferences")); }
    std::string events() { return boost::json::serialize(wishes().at("events")); }
    std::string version() { return header(send("GET", "/preferences"), "ETag"); }
};

TEST_P(unsubscribe_test, a_get_only_shows_what_would_stop) {
    start_service();
    const auto page = send(with(anybody("GET", token()), "accept-language", "de-AT, en;q=0.5"));
    EXPECT_EQ(page.status, 200U);
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
    EXPECT_THAT(page.body, AllOf(HasSubstr("abgeschlossene Aufgaben"), HasSubstr("<form method=\"post\">")));
    EXPECT_EQ(header(page, "Content-Language"), "de");
    EXPECT_THAT(
        header(page, "Content-Security-Policy"), StartsWith("default-src 'none'; style-src 'sha256-")
    );
    EXPECT_EQ(header(page, "Referrer-Policy"), "no-referrer");
    EXPECT_EQ(header(page, "Cache-Control"), "no-store");
    EXPECT_EQ(version(), "\"0\"");
}

TEST_P(unsubscribe_test, one_click_switches_that_kind_off_and_again_changes_nothing) {
    start_service();
    const auto done = send(anybody("POST", token(), one_click));
    EXPECT_EQ(done.status, 200U);
    EXPECT_THAT(done.body, HasSubstr("We send no more messages about completed tasks by e-mail."));
    EXPECT_EQ(events(), switched_off);
    EXPECT_EQ(version(), "\"1\"");
    EXPECT_EQ(send(anybody("POST", token(), one_click)).status, 200U);
    EXPECT_EQ(version(), "\"1\"");
}

TEST_P(unsubscribe_test, each_form_of_the_body_will_do) {
    start_service();
    const auto multipart =
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    for (const auto& call :
         {anybody("POST", token()),
          anybody("POST", token(), "other=1"),
          anybody("POST", token(), one_click, "Application/X-WWW-Form-Urlencoded; charset=utf-8"),
          anybody("POST", token(), multipart, "multipart/form-data; boundary=b")}) {
        send(request("PUT", "/preferences", user(1000), "{}"));
        EXPECT_EQ(send(call).status, 200U) << call.body;
        EXPECT_EQ(events(), switched_off) << call.body;
    }
}

TEST_P(unsubscribe_test, what_says_something_else_changes_nothing) {
    start_service();
    const std::string other =
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nNever\r\n--b--\r\n";
    const auto status_of = [&](std::string body, std::string type) {
        return send(anybody("POST", token(), std::move(body), std::move(type))).status;
    };
    EXPECT_EQ(status_of("List-Unsubscribe=Never", form_type), 400U);
    EXPECT_EQ(status_of(other, "multipart/form-data; boundary=b"), 400U);
    EXPECT_EQ(status_of(other.substr(0, other.size() - 6), "multipart/form-data; boundary=b"), 400U);
    EXPECT_EQ(status_of("a=%zz", form_type), 400U);
    EXPECT_EQ(status_of(R"({"List-Unsubscribe":"One-Click"})", "application/json"), 415U);
    EXPECT_EQ(version(), "\"0\"");
}

TEST_P(unsubscribe_test, what_was_switched_off_is_skipped_and_what_was_not_still_comes) {
    start_service();
    publish({user_event(1000, "ada")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 1; }));
    send(anybody("POST", token(), one_click));
    publish({task_event(2000, 1000), task_event(2001, 1000, "task.failed.v1")});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    EXPECT_EQ(count(status::skipped, "email"), 1U);
}

TEST_P(unsubscribe_test, an_address_of_no_user_is_left_alone) {
    start_service();
    EXPECT_EQ(send(anybody("POST", token("Ada@example.org"), one_click)).status, 200U);
    const auto all = json(send(request("GET", "/suppressions", user(1, {"notifications:admin"}))));
    const auto& one = all.at("suppressions").as_array().at(0).as_object();
    EXPECT_EQ(one.at("address").as_string(), "ada@example.org");
    EXPECT_EQ(one.at("reason").as_string(), "unsubscribed");
    constexpr std::int64_t year = 31'536'000'000'000;
    EXPECT_GT(parse_instant(std::string_view(one.at("until").as_string())).value(), now_us() + 99 * year);
    publish({user_event(1000, "ada")});
    ASSERT_TRUE(eventually([&] { return count(status::suppressed, "email") == 1; }));
    EXPECT_TRUE(mails().empty());
}

TEST_P(unsubscribe_test, a_wrong_link_is_refused_to_programs_and_explained_to_people) {
    start_service();
    auto forged = token();
    forged.back() = forged.back() == 'A' ? 'B' : 'A';
    for (const auto* method : {"GET", "POST"}) {
        const auto problem = send(anybody(method, forged));
        EXPECT_EQ(problem.status, 401U);
        EXPECT_EQ(problem.content_type, "application/problem+json");
        EXPECT_EQ(json(problem).at("code").as_string(), "invalid_token");

        const auto page = send(with(anybody(method, forged), "accept", "text/html,*/*;q=0.8"));
        EXPECT_EQ(page.status, 401U);
        EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
        EXPECT_THAT(page.body, HasSubstr("This link does not work"));
        EXPECT_EQ(header(page, "WWW-Authenticate"), R"(Bearer error="invalid_token")");
        EXPECT_THAT(header(page, "Content-Security-Policy"), StartsWith("default-src 'none';"));
    }
    auto without = anybody("POST", "");
    without.query.clear();
    EXPECT_EQ(send(without).status, 400U);
    EXPECT_EQ(send(anybody("GET", "")).status, 400U);
    EXPECT_EQ(send(anybody("GET", std::string(513, 'x'))).status, 400U);
    auto more = anybody("POST", token());
    more.query.emplace_back("utm", "1");
    EXPECT_EQ(send(more).status, 400U);
    EXPECT_EQ(version(), "\"0\"");
}

TEST_P(unsubscribe_test, a_mail_names_the_link_in_its_header) {
    settings_.public_url = "https://monitor.example.org";
    start_service();
    publish({user_event(1000, "ada"), task_event(2000, 1000)});
    ASSERT_TRUE(eventually([&] { return count(status::sent, "email") == 2; }));
    const auto link =
        "https://monitor.example.org/api/v1/eventstreammonitor/notifications/unsubscribe?token=" + token();
    std::string unfolded;
    for (const auto& each : mails()) unfolded += read_file(each);
    for (auto at = unfolded.find("\r\n "); at != std::string::npos; at = unfolded.find("\r\n "))
        unfolded.erase(at, 2);
    EXPECT_THAT(unfolded, HasSubstr("List-Unsubscribe: <" + link + ">\r\n"));
    EXPECT_THAT(unfolded, HasSubstr("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"));
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    unsubscribe_test,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
