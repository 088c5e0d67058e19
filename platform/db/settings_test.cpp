// Which driver a URL opens, and what a PostgreSQL connection is opened with.
#include <gtest/gtest.h>

#include "platform/db/postgres_settings.hpp"

namespace esm::db {

namespace {

std::string value_of(const postgres_settings& settings, std::string_view keyword) {
    const auto at = std::find(settings.keywords.begin(), settings.keywords.end(), keyword);
    if (at == settings.keywords.end()) return "absent";
    return settings.values[static_cast<std::size_t>(at - settings.keywords.begin())];
}

postgres_settings settings_of(std::string url) {
    return postgres_settings(options{.url = std::move(url)});
}

}  // namespace

TEST(postgres_settings, dead_peers_are_noticed_unless_the_url_says_otherwise) {
    const auto plain = settings_of("postgresql://me:secret@db.example:5433/NAME");
    EXPECT_EQ(value_of(plain, "host"), "db.example");
    EXPECT_EQ(value_of(plain, "dbname"), "NAME");
    EXPECT_EQ(value_of(plain, "tcp_user_timeout"), "5000");
    EXPECT_EQ(value_of(plain, "keepalives_idle"), "5");
    EXPECT_EQ(value_of(plain, "client_encoding"), "UTF8");
    const auto own = settings_of("postgresql://db/NAME?tcp_user_timeout=9&application_name=mine");
    EXPECT_EQ(value_of(own, "tcp_user_timeout"), "9");
    EXPECT_EQ(value_of(own, "application_name"), "mine");
    EXPECT_EQ(plain.keyword_pointers().back(), nullptr);
    EXPECT_EQ(plain.keyword_pointers().size(), plain.value_pointers().size());
}

TEST(postgres_settings, only_names_are_looked_up) {
    EXPECT_TRUE(settings_of("postgresql://localhost/x").looks_up_names);
    EXPECT_TRUE(settings_of("postgresql://127.0.0.1,db.example/x").looks_up_names);
    EXPECT_FALSE(settings_of("postgresql://127.0.0.1:5432/x").looks_up_names);
    EXPECT_FALSE(settings_of("postgresql://[::1]/x").looks_up_names);
    EXPECT_FALSE(settings_of("postgresql:///x?host=/run/postgresql").looks_up_names);
    EXPECT_FALSE(settings_of("postgresql://db.example/x?hostaddr=10.0.0.1").looks_up_names);
}

TEST(open, a_bad_url_is_refused_without_its_secret) {
    async::runtime runtime(1);
    for (const auto* url : {"mysql://me:hunter2@h/x", "postgresql://me:hunter2@h/x?nonsense=1", "sqlite:"}) {
        try {
            open(runtime, {.url = url});
            ADD_FAILURE() << url;
        } catch (const std::invalid_argument& failure) {
            EXPECT_EQ(std::string(failure.what()).find("hunter2"), std::string::npos);
        }
    }
}

TEST(open, does_not_connect) {
    async::runtime runtime(1);
    EXPECT_NE(open(runtime, {.url = "postgresql://127.0.0.1:23003/x"}), nullptr);
    EXPECT_NE(open(runtime, {.url = "sqlite:///no/such/folder/x.db"}), nullptr);
}

}  // namespace esm::db
