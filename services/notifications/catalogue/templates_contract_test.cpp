// Templates over REST, on both databases: versions, conditions, what is refused and where, previews, and that
// a change counts for the very next message.
#include <gmock/gmock.h>

#include <thread>

#include "services/notifications/catalogue/catalogue.hpp"
#include "services/notifications/routes_fixture.hpp"

namespace esm::notifications {
namespace {

namespace bj = boost::json;
using std::chrono::seconds;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using strings = std::vector<std::string>;

constexpr auto sms_en = "/templates/task.completed.v1/sms/en";
constexpr auto mail_en = "/templates/task.completed.v1/email/en";
constexpr auto mail_parts = R"({"parts":{"subject":"Done: {{event.taskReference}}","text":"Hi {{name}}",)"
                            R"("html":"<p>Hi {{name}}</p>"}})";

class templates_contract : public routes_fixture {
protected:
    templates_contract() { settings_.public_url = "https://monitor.example.org"; }

    void SetUp() override { start_service(); }

    http::response put(const std::string& path, std::string body, std::string if_match = {}) {
        auto call = request("PUT", path, user(7), std::move(body));
        if (!if_match.empty()) call.headers.emplace_back("if-match", std::move(if_match));
        return send(std::move(call));
    }
    http::response put_sms(const std::string& text, std::string if_match = {}) {
        return put(sms_en, bj::serialize(bj::object{{"parts", {{"text", text}}}}), std::move(if_match));
    }
    http::response remove(const std::string& path, std::string if_match = {}) {
        auto call = request("DELETE", path, user(7));
        if (!if_match.empty()) call.headers.emplace_back("if-match", std::move(if_match));
        return send(std::move(call));
    }
    bj::object shown(const std::string& path) {
        const auto reply = send("GET", path);
        EXPECT_EQ(reply.status, 200U) << reply.body;
        return json(reply).at("template").as_object();
    }
    static std::string text_of(const bj::object& shown_one) {
        return std::string(shown_one.at("parts").at("text").as_string());
    }
    // Messages of what is refused.
    static strings messages(const http::response& reply) {
        strings found;
        const auto problem = json(reply);
        for (const auto& each : problem.at("errors").as_array()) {
            found.emplace_back(each.at("message").as_string());
        }
        return found;
    }
    bj::array versions(const std::string& query = {}) {
        return json(send("GET", std::string(sms_en) + "/versions" + query)).at("versions").as_array();
    }
};

TEST_P(templates_contract, shipped_ones_are_listed_and_read) {
    const auto listed = json(send("GET", "/templates")).at("templates").as_array();
    EXPECT_EQ(listed.size(), 72U) << "nine event types, four channels, two languages";
    EXPECT_THAT(
        listed,
        Contains(bj::value(bj::parse(
            R"({"eventType":"digest.v1","channel":"push","locale":"de","version":0,"shipped":true})"
        )))
    );
    const auto of_one = json(send("GET", "/templates?eventType=task.failed.v1")).at("templates").as_array();
    EXPECT_EQ(of_one.size(), 8U);
    EXPECT_EQ(of_one.front().at("channel"), "email");
    EXPECT_TRUE(json(send("GET", "/templates?eventType=no.such.v1")).at("templates").as_array().empty());
    EXPECT_EQ(fields(send("GET", "/templates?eventType=X")), strings{"eventType invalid"});

    const auto reply = send("GET", mail_en);
    EXPECT_EQ(header(reply, "ETag"), "\"0\"");
    const auto one = json(reply).at("template").as_object();
    EXPECT_EQ(one.at("version"), 0);
    EXPECT_EQ(one.at("shipped"), true);
    EXPECT_TRUE(one.at("createdAt").is_null());
    EXPECT_TRUE(one.at("createdBy").is_null());
    EXPECT_EQ(one.at("parts").at("subject"), "Task {{event.taskReference}} is complete");
    EXPECT_EQ(one.at("parts").as_object().size(), 3U);
    EXPECT_THAT(one.at("fields").as_array(), Contains(bj::value("event.taskReference")));
    EXPECT_THAT(one.at("fields").as_array(), Contains(bj::value("user.email")));
    const auto digest = shown("/templates/digest.v1/sms/en");
    EXPECT_THAT(digest.at("fields").as_array(), Contains(bj::value("items[].subject")));
    EXPECT_TRUE(versions().empty());
}

TEST_P(templates_contract, a_change_is_a_new_version) {
    const auto first = put_sms("One {{event.taskId}}");
    ASSERT_EQ(first.status, 200U) << "over the shipped one: " << first.body;
    EXPECT_EQ(header(first, "ETag"), "\"1\"");
    const auto one = json(first).at("template").as_object();
    EXPECT_EQ(one.at("createdBy"), 7);
    EXPECT_EQ(one.at("shipped"), false);
    EXPECT_TRUE(parse_instant(one.at("createdAt").as_string()).has_value());
    EXPECT_EQ(shown(sms_en), one);

    EXPECT_EQ(put_sms("Two", "\"0\"").status, 412U);
    EXPECT_EQ(put_sms("Two", "1").status, 400U) << "no entity tag";
    EXPECT_EQ(put_sms("Two", "\"1\"").status, 200U);
    EXPECT_EQ(text_of(shown(sms_en)), "Two");
    EXPECT_EQ(text_of(shown(std::string(sms_en) + "?version=1")), "One {{event.taskId}}");
    EXPECT_EQ(shown(std::string(sms_en) + "?version=0").at("shipped"), true);
    EXPECT_EQ(send("GET", std::string(sms_en) + "?version=3").status, 404U);
    EXPECT_EQ(fields(send("GET", std::string(sms_en) + "?version=-1")), strings{"version invalid"});

    const auto listed =
        json(send("GET", "/templates?eventType=task.completed.v1")).at("templates").as_array();
    EXPECT_EQ(listed.size(), 8U);
    EXPECT_THAT(
        listed,
        Contains(bj::value(bj::parse(
            R"({"eventType":"task.completed.v1","channel":"sms","locale":"en","version":2,"shipped":false})"
        )))
    );
}

TEST_P(templates_contract, taken_back_it_is_the_shipped_one_again) {
    put_sms("One");
    EXPECT_EQ(remove(sms_en, "\"9\"").status, 412U);
    EXPECT_EQ(remove(sms_en, "\"1\"").status, 204U);
    EXPECT_EQ(shown(sms_en).at("version"), 0);
    EXPECT_EQ(remove(sms_en).status, 204U) << "nothing to be done";
    EXPECT_EQ(versions().size(), 2U);
    EXPECT_EQ(send("GET", std::string(sms_en) + "?version=2").status, 404U);
    EXPECT_EQ(header(put_sms("Again", "\"0\""), "ETag"), "\"3\"") << "no version is seen twice";

    const auto all = versions();
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0].at("version"), 3);
    EXPECT_EQ(all[1].at("takenBack"), true);
    EXPECT_EQ(all[2].at("takenBack"), false);
    const auto page = send("GET", std::string(sms_en) + "/versions?limit=2");
    EXPECT_THAT(header(page, "Link"), HasSubstr("rel=\"next\""));
    const auto cursor = std::string(json(page).at("nextCursor").as_string());
    EXPECT_EQ(versions("?cursor=" + cursor), bj::array{all[2]});
    const auto other = "/templates/task.completed.v1/sms/de/versions?cursor=" + cursor;
    EXPECT_EQ(send("GET", other).status, 400U) << "a cursor of another list";
}

TEST_P(templates_contract, one_in_another_language) {
    constexpr auto french = "/templates/task.completed.v1/sms/fr-ca";
    EXPECT_EQ(send("GET", french).status, 404U);
    EXPECT_EQ(remove(french).status, 404U);
    EXPECT_EQ(put(french, R"({"parts":{"text":"Fini"}})", "\"0\"").status, 412U);
    EXPECT_EQ(put(french, R"({"parts":{"text":"Fini"}})", "*").status, 412U) << "there is none";
    const auto made = put(french, R"({"parts":{"text":"Fini"}})");
    EXPECT_EQ(made.status, 201U) << made.body;
    EXPECT_EQ(json(made).at("template").at("locale"), "fr-CA") << "in its normal case";
    EXPECT_EQ(send("GET", "/templates/task.completed.v1/sms/fr").status, 404U) << "exactly this one";
    EXPECT_EQ(remove("/templates/task.completed.v1/sms/fr-CA").status, 204U);
    EXPECT_EQ(send("GET", french).status, 404U);
    EXPECT_EQ(put(french, R"({"parts":{"text":"Encore"}})").status, 201U);
}

TEST_P(templates_contract, what_is_wrong_is_told_with_its_place) {
    const auto reply =
        put(mail_en,
            R"({"parts":{"subject":"{{event.taskReferense}}","text":"a\n\n  {{#event.queue}}",)"
            R"("html":"{{{name}}}"}})");
    EXPECT_EQ(reply.status, 422U);
    EXPECT_EQ(
        fields(reply), (strings{"/parts/subject template", "/parts/text template", "/parts/html template"})
    );
    const auto told = messages(reply);
    EXPECT_THAT(told[0], HasSubstr("line 1, column 1: "));
    EXPECT_THAT(told[0], HasSubstr("did you mean event.taskReference?"));
    EXPECT_THAT(told[1], HasSubstr("line 3, column 3: "));
    EXPECT_THAT(told[2], HasSubstr("unescaped"));
    EXPECT_EQ(shown(mail_en).at("version"), 0);
    EXPECT_EQ(fields(put(sms_en, R"({"parts":{}})")), strings{"/parts/text template"});
    EXPECT_EQ(
        fields(put(sms_en, R"({"parts":{"text":"a","subject":"b"}})")), strings{"/parts/subject template"}
    ) << "sms has none";
    EXPECT_EQ(
        put(sms_en, bj::serialize(bj::object{{"parts", {{"text", std::string(1601, 'x')}}}})).status, 422U
    );

    for (const auto* body : {"[]", "{}", R"({"parts":1})", R"({"parts":{"text":1}})"}) {
        EXPECT_EQ(put(sms_en, body).status, 400U) << body;
    }
    EXPECT_EQ(
        fields(put(sms_en, R"({"parts":{"text":"a","colour":"b"},"version":1})")),
        (strings{"/parts/colour unknown_field", "/version unknown_field"})
    );
    for (const auto* path :
         {"/templates/task.completed.v1/webhook/en",
          "/templates/task.completed.v1/pigeon/en",
          "/templates/task.completed.v1/sms/english",
          "/templates/Task/sms/en"}) {
        EXPECT_EQ(send("GET", path).status, 404U) << path;
        EXPECT_EQ(put(path, R"({"parts":{"text":"a"}})").status, 404U) << path;
    }
}

TEST_P(templates_contract, an_event_type_of_ones_own_needs_a_rule_first) {
    constexpr auto own = "/templates/invoice.paid.v1/sms/en";
    constexpr auto parts = R"({"parts":{"text":"Invoice {{event.invoiceNumber}} is paid"}})";
    const auto early = put(own, parts);
    EXPECT_EQ(early.status, 422U);
    EXPECT_THAT(early.body, HasSubstr("PUT /notifications/rules/invoice.paid.v1"));
    EXPECT_EQ(send("POST", std::string(own) + "/preview", "{}").status, 422U);
    const auto rule = R"({"channels":{"sms":true},"fields":["invoiceNumber"]})";
    ASSERT_EQ(put("/rules/invoice.paid.v1", rule).status, 201U);
    ASSERT_EQ(put(own, parts).status, 201U);
    EXPECT_THAT(shown(own).at("fields").as_array(), Contains(bj::value("event.invoiceNumber")));
    EXPECT_EQ(fields(put(own, R"({"parts":{"text":"{{event.total}}"}})")), strings{"/parts/text template"});
    const auto shown_one = json(send("POST", std::string(own) + "/preview", "{}"));
    EXPECT_EQ(shown_one.at("text"), "Invoice invoiceNumber is paid");
    ASSERT_EQ(remove("/rules/invoice.paid.v1").status, 204U);
    EXPECT_TRUE(shown(own).at("fields").as_array().empty()) << "kept, though no message comes of it";
}

TEST_P(templates_contract, previews_store_nothing) {
    const auto path = std::string(mail_en) + "/preview";
    const auto shipped = json(send("POST", path, "{}"));
    EXPECT_EQ(shipped.at("subject"), "Task TASK20261122deadbeef is complete");
    EXPECT_THAT(std::string(shipped.at("text").as_string()), HasSubstr("Hello Ada,"));
    EXPECT_THAT(std::string(shipped.at("text").as_string()), HasSubstr("/unsubscribe?token="));
    EXPECT_THAT(std::string(shipped.at("html").as_string()), HasSubstr("<html"));

    auto wish = bj::parse(mail_parts).as_object();
    wish["event"] = bj::object{{"taskReference", "<T1>"}};
    wish["user"] = bj::object{{"username", "grace"}};
    const auto given = json(send("POST", path, bj::serialize(wish)));
    EXPECT_EQ(given.at("subject"), "Done: <T1>");
    EXPECT_EQ(given.at("text"), "Hi grace\n");
    EXPECT_EQ(shown(mail_en).at("version"), 0);
    EXPECT_TRUE(json(send("POST", std::string(sms_en) + "/preview", "{}")).at("subject").is_null());
    EXPECT_TRUE(json(send("POST", std::string(sms_en) + "/preview", "{}")).at("html").is_null());
    const auto critical = json(send("POST", "/templates/user.password_changed.v1/email/en/preview", "{}"));
    EXPECT_THAT(std::string(critical.at("text").as_string()), Not(HasSubstr("unsubscribe")));

    wish = bj::object{{"event", bj::object{{"taskReference", std::string(300'000, 'x')}}}};
    EXPECT_LT(send("POST", path, bj::serialize(wish)).body.size(), 50'000U) << "cut, as it is sent";

    const auto page = send(with(request("POST", path, user(7), "{}"), "accept", "text/html,*/*;q=0.8"));
    EXPECT_EQ(page.status, 200U);
    EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
    EXPECT_THAT(header(page, "Content-Security-Policy"), HasSubstr("sandbox; default-src 'none'"));
    EXPECT_THAT(page.body, HasSubstr("TASK20261122deadbeef"));

    EXPECT_EQ(
        fields(send("POST", path, R"({"event":{"taskRef":1,"queue":{}},"user":{"name":"x"},"x":1})")),
        (strings{"/user/name unknown_field", "/x unknown_field"})
    );
    EXPECT_EQ(
        fields(send("POST", path, R"({"event":{"task/Ref":1,"queue":{}}})")),
        (strings{"/event/task~1Ref unknown_field", "/event/queue wrong_type"})
    );
    EXPECT_EQ(
        fields(send("POST", path, R"({"parts":{"subject":"a","text":"b","html":"{{c}}"}})")),
        strings{"/parts/html template"}
    );
    EXPECT_EQ(send("POST", "/templates/task.completed.v1/email/fr/preview", "{}").status, 404U);
    EXPECT_EQ(send("POST", "/templates/task.completed.v1/email/fr/preview", mail_parts).status, 200U)
        << "of texts that are not stored yet";
}

TEST_P(templates_contract, the_next_message_is_made_of_the_new_version) {
    publish({user_event(1000, "ada")});
    ASSERT_TRUE(eventually([&] { return mails().size() == 1; }));
    ASSERT_EQ(put(mail_en, mail_parts).status, 200U);
    publish({task_event(2000, 1000)});
    ASSERT_TRUE(eventually([&] { return mails().size() == 2; }));
    const auto subject_of = [&](std::string_view part) {
        const auto all = mails();
        return std::any_of(all.begin(), all.end(), [&](const auto& each) {
            return read_file(each).find(part) != std::string::npos;
        });
    };
    EXPECT_TRUE(subject_of("Subject: Done: TASK2000\r\n"));
    ASSERT_EQ(remove(mail_en).status, 204U);
    publish({task_event(2001, 1000)});
    ASSERT_TRUE(eventually([&] { return mails().size() == 3; }));
    EXPECT_TRUE(subject_of("Subject: Task TASK2001 is complete\r\n"));
}

TEST_P(templates_contract, other_processes_hear_of_a_change_soon) {
    catalogue other(runtime_, scratch_->get(), "en");
    const auto version = [&] {
        return other.now()->templates.find("task.completed.v1", "sms", "en")->version;
    };
    other.start();
    EXPECT_EQ(version(), 0);
    std::this_thread::sleep_for(seconds(1));  // its first look at the database is over, and that it listens
    put_sms("One");
    EXPECT_TRUE(eventually([&] { return version() == 1; }, seconds(2))) << "well before it would look itself";
    remove(sms_en);
    EXPECT_TRUE(eventually([&] { return version() == 0; }, seconds(2)));
    runtime_.block_on(other.stop());
}

TEST_P(templates_contract, the_first_event_after_a_start_knows_what_is_stored) {
    put_sms("One");
    catalogue fresh(runtime_, scratch_->get(), "en");
    const auto read = runtime_.block_on(fresh.current());
    EXPECT_EQ(read->templates.find("task.completed.v1", "sms", "en")->version, 1);
    EXPECT_EQ(runtime_.block_on(fresh.current()), read) << "read once";
    runtime_.block_on(fresh.reload());
    EXPECT_EQ(fresh.now(), read) << "what has not changed is kept, with all that is parsed of it";
}

TEST_P(templates_contract, of_several_at_once_none_is_lost) {
    send("GET", sms_en);
    constexpr int writers = 4;
    std::array<http::response, writers> unconditional, conditional;
    const auto at_once = [&](auto& replies, const std::string& if_match) {
        std::vector<std::thread> threads;
        for (int i = 0; i < writers; ++i) {
            threads.emplace_back([&, i] { replies[i] = put_sms(fmt::format("Text {}", i), if_match); });
        }
        for (auto& each : threads) each.join();
    };
    at_once(unconditional, "");
    std::set<std::string> tags;
    for (const auto& each : unconditional) {
        EXPECT_EQ(each.status, 200U) << each.body;
        tags.insert(header(each, "ETag"));
    }
    EXPECT_EQ(tags.size(), 4U);
    at_once(conditional, "\"4\"");
    const auto done = std::count_if(conditional.begin(), conditional.end(), [](const auto& each) {
        return each.status == 200;
    });
    EXPECT_EQ(done, 1) << "the others have seen another version";
    EXPECT_EQ(versions().size(), 5U);
}

TEST_P(templates_contract, a_client_may_do_it_too) {
    auto client = user(0);
    client.client_id = "deployment";
    const auto made = send(request("PUT", sms_en, client, R"({"parts":{"text":"One"}})"));
    ASSERT_EQ(made.status, 200U) << made.body;
    EXPECT_TRUE(json(made).at("template").at("createdBy").is_null());
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    templates_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications
