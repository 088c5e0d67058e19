// Which tags are found where, which are refused, and that the renderer agrees.
#include "services/notifications/templates/template_tags.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <kainjow/mustache.hpp>

namespace esm::notifications {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> tags_of(std::string_view source) {
    static constexpr std::array names{"variable", "unescaped", "section", "inverted", "closing", "comment"};
    std::vector<std::string> shown;
    for (const auto& each : scan_tags(source).tags) {
        const auto* kind = names[static_cast<std::size_t>(each.kind)];
        shown.push_back(fmt::format("{}:{} {} {}", each.line, each.column, kind, each.name));
    }
    return shown;
}

std::vector<std::string> problems_of(std::string_view source) {
    std::vector<std::string> shown;
    for (const auto& each : scan_tags(source).problems) {
        shown.push_back(fmt::format("{}:{} {}", each.line, each.column, each.message));
    }
    return shown;
}

TEST(template_tags, have_a_kind_and_a_place) {
    EXPECT_THAT(
        tags_of("Grüße {{name}}\n{{#event.a}} {{{ b }}} {{&c}}\n{{/ event.a }}{{^d}}{{! why }}{{/d}}"),
        ElementsAre(
            "1:7 variable name",
            "2:1 section event.a",
            "2:14 unescaped b",
            "2:24 unescaped c",
            "3:1 closing event.a",
            "3:15 inverted d",
            "3:21 comment why",
            "3:31 closing d"
        )
    );
    EXPECT_THAT(problems_of("{{name}} {{.}} } }} { plain"), IsEmpty());
}

TEST(template_tags, may_span_lines) {
    EXPECT_THAT(tags_of("{{\nname\n}}\n{{b}}"), ElementsAre("1:1 variable name", "4:1 variable b"));
}

TEST(template_tags, that_hide_others_are_refused) {
    EXPECT_THAT(problems_of("a\n {{>footer}}"), ElementsAre("2:2 there are no partials: >footer"));
    EXPECT_THAT(problems_of("{{=<% %>=}}"), ElementsAre("1:1 delimiters cannot be changed"));
    EXPECT_THAT(problems_of("{{{=<% %>=}}}"), ElementsAre("1:1 delimiters cannot be changed"));
}

TEST(template_tags, that_are_not_closed_are_refused) {
    EXPECT_THAT(problems_of("a {{name"), ElementsAre("1:3 the tag is not closed with }}"));
    EXPECT_THAT(problems_of("{{{name}} b"), ElementsAre("1:1 the tag is not closed with }}}"));
    EXPECT_THAT(problems_of("{{"), ElementsAre("1:1 the tag is not closed with }}"));
}

TEST(template_tags, sections_close_in_turn) {
    EXPECT_THAT(problems_of("{{#a}}\n{{#b}}{{/b}}"), ElementsAre("1:1 the section a is not closed"));
    EXPECT_THAT(problems_of("x{{/a}}"), ElementsAre("1:2 no section is open that a could close"));
    EXPECT_THAT(
        problems_of("{{#a}}\n{{^b}}{{/a}}{{/a}}"),
        ElementsAre("2:7 the section b of line 2 is to be closed first, not a")
    );
}

TEST(template_tags, names_have_a_form) {
    for (const auto* name : {"", " ", "a b", "a..b", ".a", "a.", "a-b", "ä", "{a", "&"}) {
        EXPECT_EQ(problems_of(fmt::format("{{{{{}}}}}", name)).size(), 1U) << name;
    }
    EXPECT_THAT(problems_of("{{}}"), ElementsAre("1:1 the tag names nothing"));
    EXPECT_THAT(problems_of("{{a b}}"), ElementsAre("1:1 \"a b\" is no name"));
}

TEST(template_tags, have_limits) {
    std::string deep, closings;
    for (int i = 0; i < 9; ++i) {
        deep += "{{#a}}";
        closings += "{{/a}}";
    }
    EXPECT_THAT(problems_of(deep + closings), ElementsAre("1:49 sections are nested at most 8 deep"));
    EXPECT_THAT(problems_of(deep.substr(6) + closings.substr(6)), IsEmpty());
    std::string many;
    for (int i = 0; i < 2001; ++i) many += "{{a}}";
    EXPECT_THAT(problems_of(many), ElementsAre("1:10001 a template has at most 2000 tags"));
}

// The scan is worth something only if the renderer takes what it takes.
TEST(template_tags, the_renderer_takes_what_is_not_refused) {
    const std::string pieces[] = {
        "{{", "}}", "{", "}", "#a", "/a", "^a", "a", "&", "!", "=", ">", " ", "\n", "."
    };
    std::uint32_t state = 1;
    int taken = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::string source;
        for (int piece = 0; piece < 12; ++piece) {
            state = state * 1664525 + 1013904223;
            source += pieces[(state >> 16) % std::size(pieces)];
        }
        if (!scan_tags(source).problems.empty()) continue;
        ++taken;
        kainjow::mustache::mustache parsed{source};
        EXPECT_TRUE(parsed.is_valid()) << source << ": " << parsed.error_message();
    }
    EXPECT_GT(taken, 1000);
}

}  // namespace
}  // namespace esm::notifications
