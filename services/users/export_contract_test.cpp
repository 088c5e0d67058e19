// A user's own export on both databases, with services that answer, cut their answers and are away.
#include <gmock/gmock.h>

#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"
#include "services/users/audit.hpp"
#include "services/users/export_user_http.hpp"
#include "services/users/service.hpp"
#include "services/users/user_store.hpp"

namespace esm::users {
namespace {

using personal_data::export_page;
using ::testing::HasSubstr;

class user_export : public ::testing::TestWithParam<db::dialect> {
protected:
    user_export() {
        ctx_.caller.emplace().user_id = 1001;
        ctx_.trace.request_id = "test";
        for (const std::int64_t each : {1001, 1002}) {
            user added;
            added.user_id = each;
            added.username = fmt::format("name{}", each);
            added.email = added.username + "@example.org";
            added.first_name = added.last_name = "Test";
            added.roles = {"user"};
            const auto store = [&](db::transaction& tx) -> awaitable<result<void>> {
                EXPECT_EQ(co_await user_store::insert(tx, added, "no hash"), user_store::taken::none);
                co_await trail_.append(ctx_, tx, "user.registered", each);
                co_return result<void>();
            };
            EXPECT_TRUE(runtime_.block_on(scratch_.get().transact(ctx_.until, store)).has_value());
        }
    }

    // A service whose answer comes in pages of three bytes.
    static data_holder holder(std::string service, std::string text) {
        const auto read = [text = std::move(text)](
                              const context&, std::int64_t user_id, std::string cursor
                          ) -> awaitable<result<export_page>> {
            EXPECT_EQ(user_id, 1001);
            const std::size_t from = cursor.empty() ? 0 : std::stoul(cursor);
            export_page page{text.substr(from, 3), {}};
            if (from + 3 < text.size()) page.next_cursor = std::to_string(from + 3);
            co_return page;
        };
        return {std::move(service), read};
    }

    static data_holder away(std::string service) {
        const auto read = [](const context&, std::int64_t, std::string) -> awaitable<result<export_page>> {
            co_return fail(errc::deadline_exceeded, "10.0.0.7 does not answer");
        };
        return {std::move(service), read};
    }

    result<std::string> run(std::vector<data_holder> holders, std::size_t max_bytes = 100'000) {
        export_user exporting(scratch_.get(), std::move(holders), max_bytes);
        return runtime_.block_on(exporting.run(ctx_, 1001));
    }

    esm::testing::started_runtime runtime_;
    esm::testing::scratch_database scratch_{runtime_, GetParam(), service::migrations()};
    audit trail_;
    context ctx_{{}, deadline_in(std::chrono::seconds(30)), {}};
};

TEST_P(user_export, joins_what_every_service_holds) {
    const auto text =
        run({holder("auth", R"({"sessions":[]})"), holder("tasks", R"({"tasks":[{"n":"ü"}]})")});
    ASSERT_TRUE(text.has_value());
    const auto document = boost::json::parse(*text).as_object();
    EXPECT_TRUE(parse_instant(document.at("exportedAt").as_string()).has_value());
    EXPECT_EQ(document.at("users").at("account").at("email"), "name1001@example.org");
    EXPECT_EQ(document.at("users").at("account").at("state"), "active");
    ASSERT_EQ(document.at("users").at("audit").as_array().size(), 1U);
    EXPECT_EQ(document.at("users").at("audit").at(0).at("action"), "user.registered");
    EXPECT_EQ(document.at("auth").at("sessions"), boost::json::array());
    EXPECT_EQ(document.at("tasks").at("tasks").at(0).at("n"), "ü");
    EXPECT_EQ(text->find("name1002"), std::string::npos);
    EXPECT_EQ(text->find("no hash"), std::string::npos);
}

TEST_P(user_export, many_audit_entries_are_all_there) {
    const auto more = [&](db::transaction& tx) -> awaitable<result<void>> {
        for (int i = 0; i < 1200; ++i) co_await trail_.append(ctx_, tx, "user.changed", 1001);
        co_return result<void>();
    };
    ASSERT_TRUE(runtime_.block_on(scratch_.get().transact(ctx_.until, more)).has_value());
    const auto text = run({}, 10'000'000);
    ASSERT_TRUE(text.has_value());
    EXPECT_EQ(boost::json::parse(*text).at("users").at("audit").as_array().size(), 1201U);
}

TEST_P(user_export, a_service_that_is_away_is_named_and_nothing_is_given) {
    const auto refused = run({holder("auth", "{}"), away("tasks"), holder("notifications", "{}")});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, errc::unavailable);
    EXPECT_THAT(refused.error().detail, HasSubstr("tasks"));
    EXPECT_THAT(refused.error().detail, ::testing::Not(HasSubstr("10.0.0.7")));
}

TEST_P(user_export, more_than_an_export_may_have_is_refused) {
    const auto large = "\"" + std::string(200'000, 'x') + "\"";
    const auto refused = run({holder("auth", large)});
    ASSERT_FALSE(refused.has_value());
    EXPECT_EQ(refused.error().code, errc::conflict);
    EXPECT_TRUE(run({holder("auth", large)}, 300'000).has_value());
}

TEST_P(user_export, only_persons_get_theirs_and_few_at_once) {
    export_user exporting(scratch_.get(), {holder("auth", "{}")}, 100'000);
    export_user_http deps{exporting};
    const auto get = [&](credential kind) {
        http::request call;
        call.ctx = ctx_;
        call.ctx.caller->kind = kind;
        return runtime_.block_on(get_own_export(deps, call));
    };
    EXPECT_EQ(get(credential::api_key).error().code, errc::forbidden);
    EXPECT_EQ(get(credential::client).error().code, errc::forbidden);
    std::vector<http::response> being_sent;
    for (int i = 0; i < 4; ++i) being_sent.push_back(get(credential::session).value());
    EXPECT_THAT(
        being_sent[0].headers,
        ::testing::Contains(std::pair<std::string, std::string>(
            "Content-Disposition", "attachment; filename=\"eventstreammonitor-export-1001.json\""
        ))
    );
    EXPECT_EQ(get(credential::session).error().code, errc::overloaded);
    being_sent.pop_back();
    EXPECT_TRUE(get(credential::session).has_value());
    being_sent.clear();
    EXPECT_EQ(*deps.in_hand, 0);
}

TEST_P(user_export, without_an_account_there_is_none) {
    export_user exporting(scratch_.get(), {}, 100'000);
    EXPECT_EQ(runtime_.block_on(exporting.run(ctx_, 999)).error().code, errc::not_found);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    user_export,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::users
