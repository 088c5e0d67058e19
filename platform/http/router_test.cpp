// The route table: which row a path finds, and what is said when none fits.
#include "platform/http/router.hpp"

#include <gmock/gmock.h>

namespace esm::http {
namespace {

using testing::ElementsAre;
using testing::Pair;

router table() {
    router made;
    made.add({
        {"GET", "/tasks", "tasks:read", {}},
        {"POST", "/tasks", "tasks:write", {}},
        {"POST", "/tasks/batch", "tasks:write", {}},
        {"GET", "/tasks/{id}", "tasks:read", {}},
        {"PUT", "/tasks/{id}/cancel", "tasks:write", {}},
        {"GET", "/{kind}/{name}/x", open_to_all, {}},
        {"OPTIONS", "/own", open_to_all, {}},
        {"GET", "/", open_to_all, {}},
    });
    return made;
}

std::string_view pattern_of(const router& in, std::string_view method, std::string_view path) {
    const auto* found = in.find(method, path).found;
    return found ? found->pattern : "none";
}

TEST(router, finds_rows_by_verb_and_path) {
    const auto routes = table();
    EXPECT_EQ(pattern_of(routes, "GET", "/tasks"), "/tasks");
    EXPECT_EQ(routes.find("POST", "/tasks").found->scope, "tasks:write");
    EXPECT_EQ(pattern_of(routes, "GET", "/"), "/");
    EXPECT_THAT(routes.find("GET", "/tasks/7").params, ElementsAre(Pair("id", "7")));
    EXPECT_THAT(routes.find("PUT", "/tasks/7/cancel").params, ElementsAre(Pair("id", "7")));
    EXPECT_THAT(routes.find("GET", "/a/b/x").params, ElementsAre(Pair("kind", "a"), Pair("name", "b")));
}

TEST(router, prefers_the_literal_and_falls_back_to_the_parameter) {
    const auto routes = table();
    EXPECT_EQ(pattern_of(routes, "POST", "/tasks/batch"), "/tasks/batch");
    EXPECT_EQ(pattern_of(routes, "GET", "/tasks/b/x"), "/{kind}/{name}/x");
    EXPECT_THAT(
        routes.find("GET", "/tasks/b/x").params, ElementsAre(Pair("kind", "tasks"), Pair("name", "b"))
    );
}

TEST(router, answers_head_by_get) {
    EXPECT_EQ(pattern_of(table(), "HEAD", "/tasks/7"), "/tasks/{id}");
}

TEST(router, names_the_verbs_of_a_path) {
    const auto routes = table();
    EXPECT_EQ(routes.find("DELETE", "/tasks").allow, "GET, HEAD, POST, OPTIONS");
    EXPECT_EQ(routes.find("GET", "/tasks/7/cancel").allow, "PUT, OPTIONS");
    EXPECT_EQ(routes.find("get", "/tasks").allow, "GET, HEAD, POST, OPTIONS");
}

TEST(router, does_not_find_what_is_not_there) {
    const auto routes = table();
    for (const char* path :
         {"", "tasks", "/task", "/tasks/", "/tasks//cancel", "//tasks", "/tasks/7/", "/TASKS"}) {
        const auto match = routes.find("GET", path);
        EXPECT_EQ(match.found, nullptr) << path;
        EXPECT_EQ(match.allow, "") << path;
    }
    std::string deep;
    for (int i = 0; i < 1000; ++i) deep += "/a";
    EXPECT_EQ(routes.find("GET", deep).found, nullptr);
}

TEST(router, refuses_rows_that_collide) {
    router made;
    made.add({{"GET", "/a/{x}", open_to_all, {}}});
    EXPECT_THROW(made.add({{"GET", "/a/{y}", open_to_all, {}}}), std::logic_error);
    EXPECT_THROW(made.add({{"GET", "a", open_to_all, {}}}), std::logic_error);
    EXPECT_NO_THROW(made.add({{"PUT", "/a/{y}", open_to_all, {}}}));
    EXPECT_EQ(made.find("PUT", "/a/1").params.front().first, "y");
}

TEST(router, copies_share_their_rows) {
    router copy;
    {
        const auto original = table();
        copy = original;
    }
    EXPECT_EQ(pattern_of(copy, "GET", "/tasks"), "/tasks");
    EXPECT_EQ(copy.routes().size(), 8U);
}

}  // namespace
}  // namespace esm::http
