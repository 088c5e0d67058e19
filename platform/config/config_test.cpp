// The effective configuration as an operator meets it: precedence, refusals that name the way out, and
// redaction.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <fstream>

#include "platform/config/values.hpp"

namespace esm::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::array declared{
    property{.section = "tasks", .name = "db_url", .secret = true},
    property{
        .section = "tasks",
        .name = "http_port",
        .type = type::integer,
        .default_value = "5002",
        .minimum = 1,
        .maximum = 65535
    },
    property{
        .section = "tasks",
        .name = "lease_ms",
        .type = type::duration_ms,
        .default_value = "30000",
        .minimum = 1000,
        .maximum = 600000,
        .unit = "ms"
    },
    property{
        .section = "tasks",
        .name = "parameters_max_bytes",
        .type = type::size_bytes,
        .default_value = "65536",
        .unit = "bytes"
    },
    property{.section = "tasks", .name = "metrics_on", .type = type::boolean, .default_value = "true"},
    property{.section = "auth", .name = "jwks_urls", .type = type::string_list},
    property{.section = "auth", .name = "issuer", .default_value = "esm"},
    property{.section = "auth", .name = "pin", .type = type::integer, .default_value = "0", .secret = true},
};

class temporary_file {
public:
    explicit temporary_file(std::string_view text) {
        const int file = ::mkstemp(path_.data());
        ::close(file);
        std::ofstream(path_) << text;
    }
    ~temporary_file() { std::remove(path_.c_str()); }
    const std::string& path() const { return path_; }

private:
    std::string path_{"/tmp/esm_config_test_XXXXXX"};
};

values load(const sources& from) {
    return loader::load(declared, from);
}

std::string problems_of(const sources& from) {
    try {
        load(from);
    } catch (const invalid_configuration& refusal) {
        return refusal.what();
    }
    return {};
}

TEST(config, defaults_stand_where_nothing_is_given) {
    const auto effective = load({});
    EXPECT_EQ(effective.get_int("tasks.http_port"), 5002);
    EXPECT_EQ(effective.get_string("auth.issuer"), "esm");
    EXPECT_TRUE(effective.get_bool("tasks.metrics_on"));
    EXPECT_TRUE(effective.get_list("auth.jwks_urls").empty());
    EXPECT_TRUE(effective.is_default("tasks.http_port"));
}

TEST(config, flag_beats_environment_beats_file_beats_default) {
    const temporary_file file("[tasks]\nhttp_port = 1\nlease_ms = '2s'\nparameters_max_bytes = '1KiB'\n");
    const auto effective = load({
        .file = file.path(),
        .environment = {{"ESM_TASKS_HTTP_PORT", "2"}, {"ESM_TASKS_LEASE_MS", "3s"}, {"PATH", "/bin"}},
        .flags = {{"tasks.http-port", "3"}},
    });
    EXPECT_EQ(effective.get_int("tasks.http_port"), 3);
    EXPECT_EQ(effective.get_int("tasks.lease_ms"), 3000);
    EXPECT_EQ(effective.get_int("tasks.parameters_max_bytes"), 1024);
    EXPECT_EQ(effective.entries().at("tasks.http_port").origin, "flag --tasks.http-port");
    EXPECT_EQ(effective.entries().at("tasks.lease_ms").origin, "environment ESM_TASKS_LEASE_MS");
    EXPECT_EQ(effective.entries().at("tasks.parameters_max_bytes").origin, "file " + file.path());
    EXPECT_FALSE(effective.is_default("tasks.http_port"));
}

TEST(config, durations_sizes_booleans_and_lists_are_stored_in_one_form) {
    const auto value = [](const char* name, const char* text) {
        return load({.environment = {{name, text}}});
    };
    EXPECT_EQ(value("ESM_TASKS_LEASE_MS", "5000").get_int("tasks.lease_ms"), 5000);
    EXPECT_EQ(value("ESM_TASKS_LEASE_MS", "1500ms").get_int("tasks.lease_ms"), 1500);
    EXPECT_EQ(value("ESM_TASKS_LEASE_MS", " 5 m ").get_int("tasks.lease_ms"), 300000);
    const std::string size = "tasks.parameters_max_bytes";
    EXPECT_EQ(value("ESM_TASKS_PARAMETERS_MAX_BYTES", "64KiB").get_int(size), 65536);
    EXPECT_EQ(value("ESM_TASKS_PARAMETERS_MAX_BYTES", "10MB").get_int(size), 10'000'000);
    EXPECT_EQ(value("ESM_TASKS_PARAMETERS_MAX_BYTES", "512").get_int(size), 512);
    EXPECT_FALSE(value("ESM_TASKS_METRICS_ON", "off").get_bool("tasks.metrics_on"));
    EXPECT_THAT(
        value("ESM_AUTH_JWKS_URLS", " a , b,,c ").get_list("auth.jwks_urls"), ElementsAre("a", "b", "c")
    );
}

TEST(config, a_file_may_hold_lists_and_native_types) {
    const temporary_file file("[auth]\njwks_urls = ['http://a', 'http://b']\n[tasks]\nmetrics_on = false\n");
    const auto effective = load({.file = file.path()});
    EXPECT_THAT(effective.get_list("auth.jwks_urls"), ElementsAre("http://a", "http://b"));
    EXPECT_FALSE(effective.get_bool("tasks.metrics_on"));
}

TEST(config, unknown_names_are_refused_with_the_nearest_known_one) {
    EXPECT_THAT(
        problems_of({.environment = {{"ESM_TASKS_HTPT_PORT", "1"}}}),
        HasSubstr("did you mean ESM_TASKS_HTTP_PORT?")
    );
    EXPECT_THAT(
        problems_of({.environment = {{"ESM_TASKS_DB_ULR_FILE", "x"}}}),
        HasSubstr("did you mean ESM_TASKS_DB_URL?")
    );
    EXPECT_THAT(
        problems_of({.flags = {{"tasks.http_prot", "1"}}}), HasSubstr("did you mean --tasks.http-port?")
    );
    const temporary_file file("[tasks]\n\nleas_ms = 1\n");
    const auto problem = problems_of({.file = file.path()});
    EXPECT_THAT(problem, HasSubstr("line 3"));
    EXPECT_THAT(problem, HasSubstr("did you mean tasks.lease_ms?"));
    EXPECT_THAT(problems_of({.environment = {{"ESM_QQQQQQ", "1"}}}), Not(HasSubstr("did you mean")));
}

TEST(config, variables_of_tests_and_benchmarks_are_passed_over) {
    EXPECT_EQ(problems_of({.environment = {{"ESM_TEST_POSTGRES_URL", "x"}, {"ESM_BENCH_SECONDS", "3"}}}), "");
}

TEST(config, all_problems_are_told_at_once_with_their_origin) {
    const temporary_file file("stray = 1\n[tasks]\nhttp_port = [1]\nlease_ms = 2.5\n[tasks.deep]\nx = 1\n");
    const auto problems = problems_of({
        .file = file.path(),
        .environment =
            {{"ESM_TASKS_LEASE_MS", "5 parsecs"},
             {"ESM_TASKS_HTTP_PORT", "70000"},
             {"ESM_TASKS_METRICS_ON", "maybe"},
             {"ESM_TASKS_PARAMETERS_MAX_BYTES", "99999999999GiB"},
             {"ESM_AUTH_ISSUER_FILE", "/etc/issuer"}},
        .flags = {{"tasks.lease-ms", "10"}},
    });
    EXPECT_EQ(std::count(problems.begin(), problems.end(), '\n'), 9);
    EXPECT_THAT(problems, HasSubstr("stray (file " + file.path() + ", line 1): stands outside of a section"));
    EXPECT_THAT(problems, HasSubstr("tasks.http_port (file " + file.path() + ", line 3): must be one value"));
    EXPECT_THAT(problems, HasSubstr("must be a string, an integer, a boolean or a list of them"));
    EXPECT_THAT(problems, HasSubstr("tasks.deep (file"));
    EXPECT_THAT(
        problems,
        HasSubstr("tasks.lease_ms (environment ESM_TASKS_LEASE_MS): \"5 parsecs\" must be a duration")
    );
    EXPECT_THAT(problems, HasSubstr("\"70000\" is above the maximum of 65535"));
    EXPECT_THAT(problems, HasSubstr("must be true or false"));
    EXPECT_THAT(problems, HasSubstr("must be a size"));
    EXPECT_THAT(problems, HasSubstr("only secrets are given by file; set ESM_AUTH_ISSUER"));
    EXPECT_THAT(problems, HasSubstr("(flag --tasks.lease-ms): \"10\" is below the minimum of 1000 ms"));
}

TEST(config, a_file_that_is_missing_or_no_toml_is_named) {
    EXPECT_THAT(problems_of({.file = "/nonexistent/esm.toml"}), HasSubstr("/nonexistent/esm.toml"));
    const temporary_file file("[tasks\n");
    EXPECT_THAT(problems_of({.file = file.path()}), HasSubstr(file.path() + ", line 1"));
}

TEST(config, a_secret_may_come_from_a_file_and_never_from_a_flag) {
    const temporary_file secret("postgresql://esm:pw@db/x\n");
    const auto effective = load({.environment = {{"ESM_TASKS_DB_URL_FILE", secret.path()}}});
    EXPECT_EQ(effective.get_string("tasks.db_url"), "postgresql://esm:pw@db/x");
    EXPECT_EQ(effective.entries().at("tasks.db_url").origin, "environment ESM_TASKS_DB_URL_FILE");
    EXPECT_THAT(
        problems_of({.environment = {{"ESM_TASKS_DB_URL_FILE", "/nonexistent/s"}}}),
        HasSubstr("/nonexistent/s")
    );
    EXPECT_THAT(
        problems_of({.environment = {{"ESM_TASKS_DB_URL_FILE", secret.path()}, {"ESM_TASKS_DB_URL", "x"}}}),
        HasSubstr("ESM_TASKS_DB_URL is set too")
    );
    const auto refused = problems_of({.flags = {{"tasks.db-url", "postgresql://esm:hunter2@db/x"}}});
    EXPECT_THAT(refused, HasSubstr("set ESM_TASKS_DB_URL or ESM_TASKS_DB_URL_FILE instead"));
    EXPECT_THAT(refused, Not(HasSubstr("hunter2")));
}

TEST(config, a_wrong_secret_is_not_shown) {
    const auto problem = problems_of({.environment = {{"ESM_AUTH_PIN", "hunter2"}}});
    EXPECT_THAT(problem, HasSubstr("must be an integer"));
    EXPECT_THAT(problem, Not(HasSubstr("hunter2")));
}

std::string shown(std::string text) {
    return redacted({property{.section = "x", .name = "y"}, std::move(text), "default"});
}

TEST(config, secrets_and_passwords_in_urls_are_redacted) {
    auto effective = load({.environment = {{"ESM_TASKS_DB_URL", "postgresql://esm:hunter2@db/x"}}});
    EXPECT_EQ(redacted(effective.entries().at("tasks.db_url")), "***");
    EXPECT_EQ(shown("smtp://me:hunter2@mail:25"), "smtp://me:***@mail:25");
    EXPECT_EQ(shown("smtp://me:hun/t@er2@mail:25"), "smtp://me:***@mail:25");
    EXPECT_EQ(shown("http://a:1,http://u:p@b:2"), "http://a:1,http://u:***@b:2");
    EXPECT_EQ(shown("http://127.0.0.1:5004/jwks.json"), "http://127.0.0.1:5004/jwks.json");
    EXPECT_EQ(
        shown("postgresql://h/d?sslpassword=x&sslmode=require"),
        "postgresql://h/d?sslpassword=***&sslmode=require"
    );
    EXPECT_EQ(shown("sasl.username=u,sasl.Password=p"), "sasl.username=u,sasl.Password=***");
}

TEST(config, the_description_is_toml_that_loads_again) {
    auto effective = load({.environment = {{"ESM_TASKS_DB_URL", "pw"}, {"ESM_AUTH_JWKS_URLS", "a,b"}}});
    effective.set("auth.issuer", "say \"hi\"\n", "test");
    const auto text = describe(effective);
    EXPECT_THAT(
        text, HasSubstr("[auth]\nissuer = \"say \\\"hi\\\"\\u000A\"  # test\njwks_urls = [\"a\", \"b\"]")
    );
    EXPECT_THAT(
        text,
        HasSubstr(
            "\n\n[tasks]\ndb_url = \"***\"  # environment ESM_TASKS_DB_URL\nhttp_port = 5002  # default\n"
        )
    );
    // A number that is secret shows as text, the one line that cannot load again.
    const temporary_file file(std::string(text).replace(text.find("pin = \"***\""), 11, "pin = 1"));
    EXPECT_EQ(load({.file = file.path()}).get_string("auth.issuer"), "say \"hi\"\n");
}

TEST(config, set_checks_and_names_its_origin) {
    auto effective = load({});
    effective.set("tasks.http_port", "6002", "--port-offset 1000");
    EXPECT_EQ(effective.get_int("tasks.http_port"), 6002);
    EXPECT_EQ(effective.entries().at("tasks.http_port").origin, "--port-offset 1000");
    EXPECT_THROW(effective.set("tasks.http_port", "70000", "x"), invalid_configuration);
}

TEST(config, reading_what_was_not_declared_is_a_programming_error) {
    const auto effective = load({});
    EXPECT_THROW(effective.get_string("tasks.nothing"), std::logic_error);
    EXPECT_THROW(effective.get_int("tasks.db_url"), std::logic_error);
}

TEST(config, names_of_a_property) {
    EXPECT_EQ(environment_name(declared[0]), "ESM_TASKS_DB_URL");
    EXPECT_EQ(flag_name(declared[0]), "--tasks.db-url");
}

}  // namespace
}  // namespace esm::config
