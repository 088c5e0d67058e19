// A user's own export of sessions and API keys, on both databases: all of them in pages, and nothing secret.
#include <gtest/gtest.h>

#include "platform/base/random.hpp"
#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"
#include "services/auth/export_user.hpp"
#include "services/auth/service.hpp"
#include "services/auth/session_store.hpp"
#include "services/auth/sql.hpp"

namespace esm::auth {
namespace {

class nobody final : public credential_check {
public:
    awaitable<result<identity>> check(const context&, std::string, std::string) override {
        co_return fail(errc::invalid_credentials);
    }
    awaitable<bool> is_ready(deadline) override { co_return true; }
};

class auth_export : public ::testing::TestWithParam<db::dialect> {
protected:
    void add_sessions(std::int64_t user_id, int count) {
        transact([&](db::transaction& tx) {
            for (int i = 0; i < count; ++i) {
                session added;
                added.session_id = make_uuid();
                added.user_id = user_id;
                added.username = fmt::format("user{}", user_id);
                added.roles = {"user"};
                added.created_at = 1'000'000 + i / 3;
                added.user_agent = "a \"browser\"";
                session_store::insert(tx, added);
            }
        });
    }

    void add_api_keys(std::int64_t user_id, int count) {
        transact([&](db::transaction& tx) {
            for (int i = 0; i < count; ++i) {
                tx.exec(
                    sql::insert_api_key,
                    make_uuid(),
                    user_id,
                    "name",
                    "user",
                    fmt::format("key {}", i),
                    "secret-hash-" + make_uuid(),
                    "tasks:read users:read",
                    1,
                    1'000'000 + i / 3,
                    2'000'000
                );
            }
        });
    }

    template <class Work>
    void transact(Work work) {
        runtime_.block_on(scratch_.get().transact(ctx_.until, [&](db::transaction& tx) -> awaitable<bool> {
            work(tx);
            co_return true;
        }));
    }

    boost::json::object exported(std::int64_t user_id) {
        text_.clear();
        pages_ = 0;
        std::string cursor;
        do {
            const auto page = runtime_.block_on(exporting_.page(ctx_, user_id, cursor));
            EXPECT_TRUE(page.has_value());
            text_ += page->json;
            cursor = page->next_cursor;
            ++pages_;
        } while (!cursor.empty());
        return boost::json::parse(text_).as_object();
    }

    static std::set<std::string> ids(const boost::json::value& list, std::string_view name) {
        std::set<std::string> found;
        for (const auto& each : list.as_array()) found.emplace(each.at(name).as_string());
        return found;
    }

    esm::testing::started_runtime runtime_;
    esm::testing::scratch_database scratch_{runtime_, GetParam(), service::migrations()};
    security::master_key master_{security::master_key::from_hex(std::string(64, 'a'))};
    nobody users_;
    config settings_;
    outbox::outbox outbox_{[] {}};
    security::revocations revoked_;
    end_sessions ending_{scratch_.get(), outbox_, revoked_, settings_};
    second_factor factor_{scratch_.get(), users_, master_, ending_};
    export_user exporting_{scratch_.get(), factor_};
    context ctx_{{}, deadline_in(std::chrono::seconds(30)), {}};
    std::string text_;
    int pages_{0};
};

TEST_P(auth_export, nothing_is_empty_lists) {
    add_sessions(1002, 1);
    add_api_keys(1002, 1);
    const auto found = exported(1001);
    EXPECT_TRUE(found.at("sessions").as_array().empty());
    EXPECT_TRUE(found.at("apiKeys").as_array().empty());
    EXPECT_EQ(found.at("secondFactor").at("on"), false);
}

TEST_P(auth_export, every_page_boundary_joins) {
    for (const int count : {1, 499, 500, 501, 1000, 1201}) {
        add_sessions(2000 + count, count);
        add_api_keys(2000 + count, count);
        const auto found = exported(2000 + count);
        EXPECT_EQ(ids(found.at("sessions"), "sessionId").size(), static_cast<std::size_t>(count));
        EXPECT_EQ(found.at("sessions").as_array().size(), static_cast<std::size_t>(count));
        EXPECT_EQ(ids(found.at("apiKeys"), "apiKeyId").size(), static_cast<std::size_t>(count));
        EXPECT_EQ(found.at("apiKeys").as_array().size(), static_cast<std::size_t>(count));
    }
    EXPECT_EQ(pages_, 5);
}

TEST_P(auth_export, shows_what_is_held_and_nothing_secret) {
    add_sessions(1001, 1);
    add_api_keys(1001, 1);
    const auto found = exported(1001);
    const auto& session = found.at("sessions").at(0);
    EXPECT_EQ(session.at("userAgent"), "a \"browser\"");
    EXPECT_EQ(session.at("username"), "user1001");
    EXPECT_TRUE(session.at("revokedAt").is_null());
    const auto& key = found.at("apiKeys").at(0);
    EXPECT_EQ(key.at("name"), "key 0");
    EXPECT_EQ(key.at("scopes"), (boost::json::array{"tasks:read", "users:read"}));
    EXPECT_EQ(text_.find("secret-hash"), std::string::npos);
}

TEST_P(auth_export, a_cursor_of_another_export_is_refused) {
    add_sessions(1001, 600);
    const auto first = runtime_.block_on(exporting_.page(ctx_, 1001, {}));
    const auto next = [&](std::int64_t user_id, std::string cursor) {
        return runtime_.block_on(exporting_.page(ctx_, user_id, std::move(cursor)));
    };
    EXPECT_TRUE(next(1001, first->next_cursor).has_value());
    EXPECT_EQ(next(1002, first->next_cursor).error().code, errc::invalid_cursor);
    EXPECT_EQ(next(1001, "made up").error().code, errc::invalid_cursor);
}

INSTANTIATE_TEST_SUITE_P(
    databases,
    auth_export,
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    esm::testing::dialect_name
);

}  // namespace
}  // namespace esm::auth
