// Dead letters over REST on both databases: what is kept, shown, edited and discarded.
#include <gmock/gmock.h>

#include "services/notifications/dead_letters/letters_fixture.hpp"
#include "services/notifications/dead_letters/store.hpp"
#include "services/notifications/sql.hpp"

namespace esm::notifications::dead_letters {
namespace {

using namespace std::string_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class dead_letters_contract : public letters_fixture {
protected:
    dead_letters_contract() { start_service(); }
};

TEST_P(dead_letters_contract, every_poison_is_kept_and_shown) {
    const std::vector<std::string> poison{
        "{", "[1]", "", R"({"userId":1000,"a":")" + "\xff\"}"s, std::string(500'000, 'x')
    };
    for (const auto& each : poison) bury(each);
    const auto shown = dead_events();
    ASSERT_EQ(shown.size(), poison.size());
    for (const auto& each : shown) {
        EXPECT_EQ(each.at("kind"), "event");
        EXPECT_EQ(each.at("origin").at("topic"), task_topic);
        EXPECT_EQ(each.at("eventType"), "task.completed.v1");
        EXPECT_FALSE(each.at("reason").as_string().empty());
        EXPECT_TRUE(parse_instant(each.at("failedAt").as_string()).has_value());
    }
    EXPECT_EQ(shown[0].at("payloadCut"), true);  // the newest first
    EXPECT_EQ(shown[0].at("payload").as_string().size(), 65'536U);
    EXPECT_EQ(shown[1].at("payloadEncoding"), "base64");
    EXPECT_EQ(shown[2].at("payload"), "");
    EXPECT_EQ(shown[3].at("payload").as_array().size(), 1U);
    EXPECT_EQ(shown[4].at("payload"), "{");
    EXPECT_EQ(published("dlq.notifications.task-processing-events", poison.size()).size(), poison.size());
}

// The embedded log carries texts alone; Kafka anything.
TEST_P(dead_letters_contract, any_bytes_are_kept) {
    events::delivered refused;
    refused.value.topic = task_topic;
    refused.value.key = "\0\xff"s;
    refused.value.type = "task.completed.v1\0"s;
    refused.raw_headers = R"({"ce_id":"\u0000","ce_type":"task.completed.v1"})";
    for (const auto& data : {"a\0b"s, "\0"s, std::string(1024 * 1024, '\x80')}) {
        refused.value.data = data;
        refused.offset += 1;
        const auto keep = [&](db::transaction& tx) -> awaitable<bool> {
            store::insert_event(tx, set_aside(refused, "why \0\xff"s, "userId"));
            store::insert_event(tx, set_aside(refused, "the same place again"s, "userId"));
            co_return true;
        };
        runtime_.block_on(scratch_->get().transact(deadline_in(std::chrono::seconds(10)), keep));
    }
    const auto shown = dead_events();
    ASSERT_EQ(shown.size(), 3U);
    EXPECT_EQ(shown[2].at("payload"), "YQBi");
    EXPECT_EQ(shown[1].at("payload"), "AA==");
    EXPECT_EQ(shown[0].at("payloadCut"), true);
    EXPECT_EQ(shown[0].at("payloadEncoding"), "base64");
    EXPECT_EQ(shown[0].at("reason"), "why \xEF\xBF\xBD\xEF\xBF\xBD");
}

TEST_P(dead_letters_contract, events_are_listed_in_pages_and_filtered) {
    const auto first = bury("{");
    const auto second = bury("[]", "task.failed.v1");
    const auto third = bury("1");
    const auto ids = [&](std::vector<std::pair<std::string, std::string>> query) {
        query.emplace_back("kind", "event");
        std::vector<std::int64_t> found;
        for (const auto& each : letters(std::move(query))) found.push_back(number(each, "id"));
        return found;
    };
    EXPECT_THAT(ids({}), ElementsAre(third, second, first));
    EXPECT_THAT(ids({{"eventType", "task.failed.v1"}}), ElementsAre(second));
    EXPECT_THAT(ids({{"topic", std::string(task_topic)}}), ElementsAre(third, second, first));
    EXPECT_THAT(ids({{"topic", "other"}}), ElementsAre());
    const auto page = ask("GET", "", nullptr, {{"kind", "event"}, {"limit", "2"}});
    EXPECT_THAT(header(page, "Link"), HasSubstr("rel=\"next\""));
    const auto cursor = std::string(json(page).at("nextCursor").as_string());
    EXPECT_THAT(ids({{"limit", "2"}, {"cursor", cursor}}), ElementsAre(first));
    EXPECT_EQ(ask("GET", "", nullptr, {{"cursor", cursor}}).status, 400U);
}

TEST_P(dead_letters_contract, a_page_of_large_events_ends_early) {
    for (int i = 0; i < 70; ++i) {
        const auto headers =
            R"({"ce_specversion":"1.0","ce_type":"task.completed.v1","ce_id":")" + random_hex(8) + R"("})";
        const auto data = std::string(100'000, 'x');
        ASSERT_TRUE(runtime_.block_on(
            log_->publish_raw(std::string(task_topic), "1", headers, data, std::chrono::seconds(5))
        ));
    }
    std::set<std::int64_t> seen;
    ASSERT_TRUE(eventually([&] {
        return json(ask("POST",
                        "/redrive",
                        bj::object{{"kind", "event"}, {"filter", bj::object()}, {"dryRun", true}})
               ).at("matched") == 70;
    }));
    std::string cursor;
    std::size_t pages = 0;
    do {
        std::vector<std::pair<std::string, std::string>> query{{"kind", "event"}, {"limit", "500"}};
        if (!cursor.empty()) query.emplace_back("cursor", cursor);
        const auto page = json(ask("GET", "", nullptr, query));
        for (const auto& each : page.at("deadLetters").as_array()) seen.insert(number(each, "id"));
        cursor = page.at("nextCursor").is_null() ? "" : std::string(page.at("nextCursor").as_string());
        ++pages;
    } while (!cursor.empty() && pages < 10);
    EXPECT_EQ(seen.size(), 70U);
    EXPECT_EQ(pages, 2U);
}

TEST_P(dead_letters_contract, notifications_are_listed_in_pages_and_filtered) {
    const auto ids = fail(3);
    fail(1, "task.failed.v1");
    EXPECT_EQ(letters({}).size(), 4U);
    const auto shown = letters({{"eventType", "task.completed.v1"}, {"channel", "email"}});
    ASSERT_EQ(shown.size(), 3U);
    EXPECT_EQ(number(shown[0], "id"), ids[2]);
    EXPECT_EQ(shown[0].at("kind"), "notification");
    EXPECT_EQ(shown[0].at("reason"), "550 no such user");
    EXPECT_EQ(shown[0].at("notification").at("recipient"), "ada2@example.org");
    EXPECT_TRUE(letters({{"channel", "sms"}}).empty());
    const auto page = json(ask("GET", "", nullptr, {{"limit", "3"}}));
    const auto cursor = std::string(page.at("nextCursor").as_string());
    const auto rest = letters({{"limit", "3"}, {"cursor", cursor}});
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(number(rest[0], "id"), ids[0]);
}

TEST_P(dead_letters_contract, what_is_wrong_with_a_question_is_named) {
    for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{
             {"kind", "mail"}, {"channel", "fax"}, {"topic", "a"}, {"status", "failed"}, {"eventType", ""}
         }) {
        const auto reply = ask("GET", "", nullptr, {{name, value}});
        EXPECT_EQ(reply.status, 400U) << name;
        EXPECT_THAT(fields(reply), ElementsAre(HasSubstr(name))) << name;
    }
    EXPECT_EQ(ask("GET", "", nullptr, {{"kind", "event"}, {"channel", "email"}}).status, 400U);
    EXPECT_EQ(ask("GET", "/mail/1000").status, 404U);
    EXPECT_EQ(ask("GET", "/event/1000").status, 404U);
    EXPECT_EQ(ask("GET", "/notification/x").status, 404U);
    EXPECT_EQ(ask("PATCH", "/event/1000", bj::object{{"payload", bj::object()}}).status, 404U);
    EXPECT_EQ(ask("DELETE", "/notification/1000").status, 404U);
}

TEST_P(dead_letters_contract, an_events_payload_is_edited_by_who_has_seen_it) {
    const auto path = fmt::format("/event/{}", bury("{"));
    const auto seen = ask("GET", path);
    EXPECT_EQ(header(seen, "ETag"), "\"1\"");
    const bj::object change{{"payload", bj::object{{"userId", 1000}}}};
    const auto changed = ask("PATCH", path, change, {}, "\"1\"");
    ASSERT_EQ(changed.status, 200U) << changed.body;
    EXPECT_EQ(header(changed, "ETag"), "\"2\"");
    EXPECT_EQ(json(changed).at("deadLetter").at("payload").at("userId"), 1000);
    EXPECT_EQ(ask("GET", path).body, changed.body);
    EXPECT_EQ(ask("PATCH", path, change, {}, "\"1\"").status, 412U);
    EXPECT_EQ(ask("DELETE", path, nullptr, {}, "\"1\"").status, 412U);
    EXPECT_THAT(
        fields(ask("PATCH", path, bj::object{{"recipient", "a@b.example"}})),
        ::testing::UnorderedElementsAre("/payload required", "/recipient unknown_field")
    );
    EXPECT_EQ(ask("DELETE", path).status, 204U);
    EXPECT_EQ(ask("GET", path).status, 404U);
}

TEST_P(dead_letters_contract, a_recipient_is_checked_for_its_channel) {
    const auto id = fail(1).front();
    const auto path = fmt::format("/notification/{}", id);
    EXPECT_EQ(header(ask("GET", path), "ETag"), "\"2\"");
    const auto wrong = ask("PATCH", path, bj::object{{"recipient", "+436641234567"}});
    EXPECT_EQ(wrong.status, 422U);
    EXPECT_THAT(fields(wrong), ElementsAre("/recipient not_an_address"));
    const auto changed = ask("PATCH", path, bj::object{{"recipient", "bob@example.org"}}, {}, "\"2\"");
    ASSERT_EQ(changed.status, 200U) << changed.body;
    EXPECT_EQ(json(changed).at("deadLetter").at("notification").at("recipient"), "bob@example.org");
    EXPECT_EQ(header(changed, "ETag"), "\"3\"");
    EXPECT_EQ(row(id).recipient, "bob@example.org");
    EXPECT_EQ(ask("PATCH", path, bj::object{{"recipient", "c@example.org"}}, {}, "\"2\"").status, 412U);
}

TEST_P(dead_letters_contract, a_discarded_notification_stays_in_the_log_as_failed) {
    const auto id = fail(1).front();
    const auto path = fmt::format("/notification/{}", id);
    EXPECT_EQ(ask("DELETE", path, nullptr, {}, "\"1\"").status, 412U);
    EXPECT_EQ(ask("DELETE", path, nullptr, {}, "\"2\"").status, 204U);
    EXPECT_EQ(ask("GET", path).status, 404U);
    EXPECT_EQ(row(id).status, status::failed);
    EXPECT_TRUE(letters({}).empty());
}

TEST_P(dead_letters_contract, a_gauge_counts_both_kinds) {
    bury("{");
    fail(2);
    stop_service();
    start_service();  // it counts as it starts
    EXPECT_TRUE(eventually([&] {
        const auto text = metrics_->scrape();
        std::istringstream lines(text);
        int right = 0;
        for (std::string line; std::getline(lines, line);) {
            if (!line.starts_with("notification_dead_letters{")) continue;
            if (line.find("kind=\"notification\"") != std::string::npos && line.ends_with(" 2")) ++right;
            if (line.find("kind=\"event\"") != std::string::npos && line.ends_with(" 1")) ++right;
        }
        return right == 2;
    }));
}

TEST_P(dead_letters_contract, a_deleted_users_events_go_too) {
    const auto theirs = bury(R"({"userId":1000,"broken":)");
    const auto others = bury(R"({"userId":1001,"broken":)");
    publish({deletion(1000)});
    EXPECT_TRUE(eventually([&] { return dead_events().size() == 1; }));
    EXPECT_EQ(ask("GET", fmt::format("/event/{}", theirs)).status, 404U);
    EXPECT_EQ(ask("GET", fmt::format("/event/{}", others)).status, 200U);
}

TEST_P(dead_letters_contract, redriven_events_are_kept_for_a_week_and_others_until_somebody_comes) {
    std::vector<std::int64_t> ids;
    for (const std::int64_t user_id : {1000, 1001, 1002}) {
        ids.push_back(bury(fmt::format(R"({{"userId":{},"broken":)", user_id)));
    }
    transact([&](db::transaction& tx) -> awaitable<bool> {
        constexpr instant_us day = 86'400'000'000;
        store::mark_redriven(tx, {ids[0]}, now_us() - 8 * day);
        store::mark_redriven(tx, {ids[1]}, now_us() - 6 * day);
        co_return true;
    });
    stop_service();
    start_service();  // it tidies up as it starts
    stop_service();
    for (const auto& [user_id, left] :
         {std::pair<std::int64_t, std::int64_t>{1000, 0}, {1001, 1}, {1002, 1}}) {
        const auto until = deadline_in(std::chrono::seconds(10));
        const auto gone =
            runtime_.block_on(scratch_->get().query(until, sql::delete_dead_events_of_user, user_id));
        EXPECT_EQ(gone.affected(), left) << user_id;
    }
}

INSTANTIATE_TEST_SUITE_P(
    both,
    dead_letters_contract,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    testing::dialect_name
);

}  // namespace
}  // namespace esm::notifications::dead_letters
