// The language of expressions: what each construct gives, and what is said of wrong ones.
#include "services/tasks/handlers/data/expression.hpp"

#include <gtest/gtest.h>

namespace esm::tasks::data {
namespace {

// Over the columns a = 7, b = 2.5, t = "Grüße, Welt", d = "2026-11-26T08:05:09.25+01:00", n = null, y = true.
std::string value(std::string_view text) {
    const auto parsed = expression::parse(text);
    if (!parsed) return parsed.error().text;
    batch rows(6);
    rows.rows = 1;
    const std::vector<std::string> names{"a", "b", "t", "d", "n", "y"};
    const std::vector<cell> cells{
        cell{std::int64_t{7}},
        cell{2.5},
        cell{std::string_view("Gr\xC3\xBC\xC3\x9F"
                              "e, Welt")},
        cell{std::string_view("2026-11-26T08:05:09.25+01:00")},
        cell{},
        cell{true}
    };
    for (std::size_t i = 0; i < cells.size(); ++i) rows.columns[i][0] = cells[i];
    std::vector<std::size_t> slots;
    for (const auto& name : parsed->columns()) {
        slots.push_back(static_cast<std::size_t>(std::find(names.begin(), names.end(), name) - names.begin())
        );
    }
    arena texts;
    evaluation here(rows, texts, 1000);
    const auto made = parsed->evaluate(here, slots);
    if (!here.failure.empty()) return "failed: " + here.failure;
    std::string shown;
    append_cell(shown, made);
    return shown;
}

TEST(expression, arithmetic) {
    EXPECT_EQ(value("1 + 2 * 3 - 4"), "3");
    EXPECT_EQ(value("(1 + 2) * -3"), "-9");
    EXPECT_EQ(value("a / 2"), "3.5");
    EXPECT_EQ(value("8 / 2 / 2"), "2");
    EXPECT_EQ(value("a % 4"), "3");
    EXPECT_EQ(value("a * b"), "17.5");
    EXPECT_EQ(value("9223372036854775807 + 0"), "9223372036854775807");
    EXPECT_EQ(value("9223372036854775807 + 1"), "9.223372036854776e+18");
    EXPECT_EQ(value("9007199254740993 * 1"), "9007199254740993") << "whole numbers stay exact";
    EXPECT_EQ(value("a / 0"), "null");
    EXPECT_EQ(value("a % 0"), "null");
    EXPECT_EQ(value("a + n"), "null");
    EXPECT_EQ(value("1e308 * 10"), "failed: the result is too large for a number");
    EXPECT_EQ(
        value("a + t"),
        "failed: + takes numbers, not text \"Gr\xC3\xBC\xC3\x9F"
        "e, Welt\""
    );
}

TEST(expression, comparisons_and_logic) {
    EXPECT_EQ(value("a = 7.0 and b < 3"), "true");
    EXPECT_EQ(value("a <> 7 or not y"), "false");
    EXPECT_EQ(value("n = null"), "true");
    EXPECT_EQ(value("n < 1 or n >= 1"), "false");
    EXPECT_EQ(value("n is null and a is not null"), "true");
    EXPECT_EQ(value("t > 'A'"), "true");
    EXPECT_EQ(value("a > 'A'"), "false") << "number and text are in no order";
    EXPECT_EQ(value("a in (1, 7) and 'x' not in ('y', t)"), "true");
    EXPECT_EQ(value("not n"), "true") << "null counts as false";
    EXPECT_EQ(value("a and y"), "failed: a condition must be true or false, not number 7");
    EXPECT_EQ(value("y or a + t > 1"), "true") << "what is not needed is not looked at";
}

TEST(expression, choices) {
    EXPECT_EQ(value("if(a > 5, 'big', 'small')"), "\"big\"");
    EXPECT_EQ(value("case when a < 5 then 'small' when a < 10 then 'medium' else 'big' end"), "\"medium\"");
    EXPECT_EQ(value("case when n then 1 end"), "null");
    EXPECT_EQ(value("if(t is null, 0, if(false, a + t, 3))"), "3");
    EXPECT_EQ(value("coalesce(n, null, a, a + t)"), "7");
    EXPECT_EQ(value("nullif(a, 7)"), "null");
    EXPECT_EQ(value("least(3, n, a, 1.5)"), "1.5");
    EXPECT_EQ(value("greatest(3, n, a)"), "7");
}

TEST(expression, texts) {
    EXPECT_EQ(value("'it''s' || ' ' || a"), "\"it's 7\"");
    EXPECT_EQ(value("length(t)"), "11");
    EXPECT_EQ(
        value("upper(t)"),
        "\"GR\xC3\xBC\xC3\x9F"
        "E, WELT\""
    );
    EXPECT_EQ(value("lower('ABC') || trim('  x ')"), "\"abcx\"");
    EXPECT_EQ(value("substr(t, 3, 2)"), "\"\xC3\xBC\xC3\x9F\"");
    EXPECT_EQ(value("substr(t, 8)"), "\"Welt\"");
    EXPECT_EQ(value("substr(t, -5, 7)"), "\"G\"");
    EXPECT_EQ(value("substr(t, 99)"), "\"\"");
    EXPECT_EQ(value("replace(t, 'e', '')"), "\"Gr\xC3\xBC\xC3\x9F, Wlt\"");
    EXPECT_EQ(value("split_part(t, ', ', 2)"), "\"Welt\"");
    EXPECT_EQ(value("split_part(t, ', ', 3)"), "null");
    EXPECT_EQ(value("contains(t, 'Welt') and starts_with(t, 'Gr') and ends_with(t, 't')"), "true");
    EXPECT_EQ(value("concat(a, n, y, 'x')"), "\"7truex\"");
    EXPECT_EQ(value("length(12.5)"), "4") << "numbers are taken as they are written";
    EXPECT_EQ(value("lower(n)"), "null");
    EXPECT_EQ(
        value("replace('xxxxxxxxxxxxxxxxxxxx', 'x', '0123456789012345678901234567890123456789012345678901')"),
        "failed: the text it makes is too long"
    );
}

TEST(expression, numbers_and_casts) {
    EXPECT_EQ(value("round(2.345, 2)"), "2.35");
    EXPECT_EQ(value("round(-2.5)"), "-3");
    EXPECT_EQ(value("round(1234, -2) || ''"), "\"1200\"");
    EXPECT_EQ(value("floor(b) + ceil(b)"), "5");
    EXPECT_EQ(value("abs(-7) + abs(b)"), "9.5");
    EXPECT_EQ(value("sqrt(16) + power(2, 10)"), "1028");
    EXPECT_EQ(value("sqrt(-1)"), "null");
    EXPECT_EQ(value("int('42') + int(2.9) + int(y)"), "45");
    EXPECT_EQ(value("int('x')"), "null");
    EXPECT_EQ(value("number(' 1.5 ') * 2"), "3");
    EXPECT_EQ(value("text(a) = '7'"), "true");
    EXPECT_EQ(value("bool('true') and bool(1)"), "true");
    EXPECT_EQ(value("round('x')"), "failed: round takes numbers, not text \"x\"");
}

TEST(expression, dates) {
    EXPECT_EQ(value("year(d) * 10000 + month(d) * 100 + day(d)"), "20261126");
    EXPECT_EQ(value("hour(d) * 10000 + minute(d) * 100 + second(d)"), "80509");
    EXPECT_EQ(value("weekday(d)"), "4");
    EXPECT_EQ(value("quarter(d)"), "4");
    EXPECT_EQ(value("date(d)"), "\"2026-11-26\"");
    EXPECT_EQ(value("epoch('1970-01-02')"), "86400");
    EXPECT_EQ(value("epoch(d)"), "1795676709.25");
    EXPECT_EQ(value("from_epoch(1795676709)"), "\"2026-11-26T07:05:09Z\"");
    EXPECT_EQ(value("from_epoch(-1)"), "\"1969-12-31T23:59:59Z\"");
    EXPECT_EQ(value("year('2026-02-30')"), "null");
    EXPECT_EQ(value("year('2026-02-03x')"), "null");
    EXPECT_EQ(value("month(t)"), "null");
}

TEST(expression, columns_with_other_names) {
    const auto parsed = expression::parse(R"("net amount" + "say ""x""" + größe)");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->columns(), (std::vector<std::string>{"net amount", "say \"x\"", "größe"}));
}

TEST(expression, what_is_wrong_is_named) {
    EXPECT_EQ(value("1 +"), "expected a value, found the end at character 4");
    EXPECT_EQ(value("1 2"), "expected an operator or the end, found \"2\" at character 3");
    EXPECT_EQ(value("(1"), "expected \")\", found the end at character 3");
    EXPECT_EQ(value("sin(1)"), "there is no function \"sin\" at character 1");
    EXPECT_EQ(value("substr('x')"), "substr takes 2 to 3 values at character 1");
    EXPECT_EQ(value("abs()"), "abs takes 1 values at character 1");
    EXPECT_EQ(value("'open"), "expected a value, found \"a quote that is never closed\" at character 1");
    EXPECT_EQ(value("1.2.3"), "\"1.2.3\" is no number at character 1");
    EXPECT_EQ(value("case else 1 end"), "expected \"when\", found \"else\" at character 6");
    EXPECT_EQ(value("a is 1"), "expected \"null\", found \"1\" at character 6");
    EXPECT_EQ(value("; drop"), "expected a value, found \";\" at character 1");
    EXPECT_EQ(
        value(std::string(40, '(') + "1" + std::string(40, ')')), "more than 32 levels at character 34"
    );
    EXPECT_EQ(value(std::string(40, '-') + "1"), "more than 32 levels at character 34");
    std::string many = "1";
    for (int i = 0; i < 200; ++i) many += "+1";
    EXPECT_TRUE(value(many).starts_with("more than 256 parts")) << value(many);
}

TEST(expression, survives_every_prefix_of_a_long_one) {
    constexpr std::string_view text =
        R"(case when "a b" in (1, -2.5e3) and not t is not null then upper('x''y') || n else )"
        R"(round(a % 2, 1) end)";
    for (std::size_t i = 0; i <= text.size(); ++i) (void)expression::parse(text.substr(0, i));
}

}  // namespace
}  // namespace esm::tasks::data
