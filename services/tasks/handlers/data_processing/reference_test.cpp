// Steps over random rows against a slow reference that keeps everything in memory: with much memory, with so
// little that all goes to scratch, and read by several threads.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "services/tasks/handlers/data_processing/run_data.hpp"

namespace esm::tasks::data_processing {
namespace {

struct row {
    std::int64_t id;
    std::string key;
    std::int64_t whole;
    std::string real;  // as written
    bool has_text;
    std::string text;
};

std::vector<row> random_rows(std::uint64_t seed, std::size_t count, std::size_t keys) {
    std::mt19937_64 dice(seed);
    std::vector<row> rows;
    for (std::size_t i = 0; i < count; ++i) {
        row made;
        made.id = static_cast<std::int64_t>(i);
        made.key = fmt::format("key {}{}", dice() % keys, dice() % 2 == 0 ? "" : ",\"");
        made.whole = static_cast<std::int64_t>(dice()) / 1024;
        made.real = fmt::format("{}.{:02}", dice() % 100000, dice() % 100);
        made.has_text = dice() % 4 != 0;
        made.text = std::string(dice() % 30, static_cast<char>('a' + dice() % 26));
        rows.push_back(std::move(made));
    }
    return rows;
}

std::string quoted(const std::string& text) {
    std::string made{"\""};
    for (const char each : text) {
        made += each;
        if (each == '"') made += each;
    }
    return made + "\"";
}

std::string csv_of(const std::vector<row>& rows) {
    std::string text{"id,key,whole,real,text\n"};
    for (const auto& each : rows) {
        text += fmt::format("{},{},{},{},", each.id, quoted(each.key), each.whole, each.real);
        text += each.has_text ? quoted(each.text) : "";
        text += '\n';
    }
    return text;
}

// The rows that come out as JSON lines, by way of an artifact.
std::string lines_of(const std::string& csv, const std::string& steps, const data::limits& bounds) {
    test_work current(R"({"source":{"fileId":1000},"output":{"format":"ndjson"},"steps":)" + steps + "}");
    current.give_file(1000, "rows.csv", "text/csv", csv);
    const auto result = run_data(current, bounds);
    if (result.is_string()) return std::string(result.get_string());
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(current.scratch()), {}), 1)
        << "only the output stays";
    return current.content("rows.ndjson");
}

data::limits threaded() {
    data::limits bounds;
    bounds.block_bytes = std::size_t{16} << 10U;
    bounds.helper_threads_max = 3;
    return bounds;
}

std::vector<std::pair<const char*, data::limits>> all_limits() {
    return {{"roomy", {}}, {"tiny", tiny()}, {"threaded", threaded()}};
}

std::string text_cell(const row& of) {
    return of.has_text ? bj::serialize(bj::value(of.text)) : "null";
}

TEST(reference, groups) {
    // Large enough to be read by several threads.
    const auto rows = random_rows(1, 120000, 3000);
    const auto csv = csv_of(rows);
    struct sums {
        std::size_t first;
        std::int64_t count{0};
        __int128 whole{0};
        long double real{0};
        std::optional<std::string> least;
        std::int64_t most{std::numeric_limits<std::int64_t>::min()};
        std::set<std::string> texts;
    };
    std::map<std::string, sums> groups;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto& into =
            groups
                .try_emplace(rows[i].key, sums{i, 0, 0, 0, {}, std::numeric_limits<std::int64_t>::min(), {}})
                .first->second;
        ++into.count;
        into.whole += rows[i].whole;
        into.real += std::stold(rows[i].real);
        into.most = std::max(into.most, rows[i].whole);
        if (!rows[i].has_text) continue;
        into.texts.insert(rows[i].text);
        if (!into.least || rows[i].text < *into.least) into.least = rows[i].text;
    }
    std::map<std::size_t, std::string> in_order;
    for (const auto& [key, group] : groups) {
        const auto real =
            std::strtod(fmt::format("{:.2f}", static_cast<double>(group.real)).c_str(), nullptr);
        const auto least = group.least ? bj::serialize(bj::value(*group.least)) : "null";
        in_order[group.first] = fmt::format(
            R"({{"key":{},"count":{},"sum_whole":{},"total":{},"min_text":{},"max_whole":{},)"
            R"("count_distinct_text":{}}})",
            bj::serialize(bj::value(key)),
            group.count,
            static_cast<std::int64_t>(group.whole),
            real,
            least,
            group.most,
            group.texts.size()
        );
    }
    std::string expected;
    for (const auto& [first, line] : in_order) expected += line + "\n";
    const std::string steps = R"x([{"op":"group","by":["key"],"aggregates":[{"function":"count"},
        {"function":"sum","column":"whole"},{"function":"sum","column":"real","as":"total"},
        {"function":"min","column":"text"},{"function":"max","column":"whole"},
        {"function":"count_distinct","column":"text"}]},
        {"op":"map","columns":[{"as":"total","expression":"round(total, 2)"}]}])x";
    for (const auto& [name, bounds] : all_limits()) {
        const auto lines = lines_of(csv, steps, bounds);
        ASSERT_TRUE(lines == expected) << name << ": " << lines.substr(0, 400) << "\n"
                                       << expected.substr(0, 400);
    }
}

TEST(reference, distinct_keeps_the_first_rows) {
    const auto rows = random_rows(2, 20000, 500);
    std::set<std::string> seen;
    std::string expected;
    for (const auto& each : rows) {
        if (!seen.insert(each.key).second) continue;
        expected += fmt::format(
            "{{\"text\":{},\"key\":{},\"id\":{}}}\n",
            text_cell(each),
            bj::serialize(bj::value(each.key)),
            each.id
        );
    }
    for (const auto& [name, bounds] : all_limits()) {
        const auto lines = lines_of(
            csv_of(rows),
            R"([{"op":"select","columns":["text","key","id"]},{"op":"distinct","columns":["key"]}])",
            bounds
        );
        ASSERT_TRUE(lines == expected) << name;
    }
}

TEST(reference, sorts_are_stable) {
    auto rows = random_rows(3, 30000, 50);
    const auto csv = csv_of(rows);
    std::sort(rows.begin(), rows.end(), [](const row& left, const row& right) {
        if (left.key != right.key) return left.key > right.key;
        if (left.has_text != right.has_text) return right.has_text;
        if (left.has_text && left.text != right.text) return left.text < right.text;
        return left.id < right.id;
    });
    std::string expected;
    std::string first_ten;
    for (const auto& each : rows) {
        if (&each == &rows[10]) first_ten = expected;
        expected += fmt::format("{{\"id\":{},\"text\":{}}}\n", each.id, text_cell(each));
    }
    const std::string sort = R"({"op":"sort","by":[{"column":"key","direction":"desc"},{"column":"text"}]})";
    const std::string select = R"({"op":"select","columns":["id","text"]})";
    for (const auto& [name, bounds] : all_limits()) {
        ASSERT_TRUE(lines_of(csv, "[" + sort + "," + select + "]", bounds) == expected) << name;
        const auto limited = "[" + sort + "," + select + R"(,{"op":"limit","count":10}])";
        ASSERT_EQ(lines_of(csv, limited, bounds), first_ten) << name;
    }
}

TEST(reference, filters_and_joins) {
    const auto rows = random_rows(4, 5000, 40);
    std::string second{"k,n\n"};
    std::multimap<std::string, int> matches;
    for (int i = 0; i < 60; ++i) {
        const auto key = fmt::format("key {}", i % 30);
        second += fmt::format("{},{}\n", key, i);
        matches.emplace(key, i);
    }
    for (const bool keeps_left : {false, true}) {
        std::string expected;
        for (const auto& each : rows) {
            if (each.whole <= 0) continue;
            const auto [begin, end] = matches.equal_range(each.key);
            if (begin == end && keeps_left) expected += fmt::format("{{\"id\":{},\"n\":null}}\n", each.id);
            for (auto at = begin; at != end; ++at) {
                expected += fmt::format("{{\"id\":{},\"n\":{}}}\n", each.id, at->second);
            }
        }
        const auto steps = fmt::format(
            R"([{{"op":"filter","where":"whole > 0"}},{{"op":"join","with":{{"format":"csv","csv":{}}},
            "on":[{{"left":"key","right":"k"}}],"how":"{}"}},{{"op":"select","columns":["id","n"]}}])",
            bj::serialize(bj::value(second)),
            keeps_left ? "left" : "inner"
        );
        for (const auto& [name, bounds] : all_limits()) {
            ASSERT_TRUE(lines_of(csv_of(rows), steps, bounds) == expected) << name;
        }
    }
}

TEST(reference, sorts_after_groups_after_sorts) {
    const auto rows = random_rows(5, 20000, 4000);
    const std::string steps = R"([{"op":"sort","by":[{"column":"real"}]},
        {"op":"group","by":["key"],"aggregates":[{"function":"count"}]},
        {"op":"sort","by":[{"column":"count","direction":"desc"},{"column":"key"}]},
        {"op":"group","by":["count"],"aggregates":[{"function":"min","column":"key"},)"
                              R"({"function":"count","as":"keys"}]}])";
    std::map<std::string, int> counts;
    for (const auto& each : rows) ++counts[each.key];
    std::map<int, std::pair<std::string, int>, std::greater<>> by_count;
    for (const auto& [key, count] : counts) {
        auto& into = by_count.try_emplace(count, key, 0).first->second;
        ++into.second;
    }
    std::string expected;
    for (const auto& [count, group] : by_count) {
        expected += fmt::format(
            "{{\"count\":{},\"min_key\":{},\"keys\":{}}}\n",
            count,
            bj::serialize(bj::value(group.first)),
            group.second
        );
    }
    for (const auto& [name, bounds] : all_limits())
        ASSERT_EQ(lines_of(csv_of(rows), steps, bounds), expected) << name;
}

// The earliest problem counts, whichever thread meets one first, and is named with its place in the whole
// file.
TEST(reference, problems_are_placed_in_the_whole_file) {
    auto rows = random_rows(6, 120000, 100);
    auto csv = csv_of(rows);
    const std::string steps = R"([{"op":"filter","where":"id % 2 = 1"},
        {"op":"group","by":["key"],"aggregates":[{"function":"sum","column":"real"}]}])";
    const auto row_99001 = csv.find("\n99001,");
    auto wrong_cell = csv;
    wrong_cell.replace(wrong_cell.find(rows[99001].real, row_99001), 1, "x");
    const auto wrong_cells = wrong_cell.insert(wrong_cell.rfind("\n119999,") + 1, "1,2,3\n");
    auto broken_lines = csv;
    broken_lines.insert(csv.find("\n60000,") + 1, "1,2,3\n");
    broken_lines += "1,2\n";
    for (const auto& [name, bounds] : all_limits()) {
        EXPECT_EQ(
            lines_of(wrong_cells, steps, bounds),
            fmt::format(
                "step 2 (group): row 49501, column \"real\": sum takes numbers, not text \"x{}\"",
                rows[99001].real.substr(1)
            )
        ) << name;
        EXPECT_EQ(
            lines_of(broken_lines, steps, bounds),
            "rows.csv line 60002: row 60001 has 3 cells, the header has 5"
        ) << name;
    }
}

TEST(reference, disk_is_bounded) {
    const auto csv = csv_of(random_rows(7, 30000, 30000));
    auto bounds = tiny();
    bounds.scratch_bytes = std::uint64_t{1} << 20U;
    for (const auto* steps : {R"([{"op":"sort","by":[{"column":"text"}]}])", R"([{"op":"distinct"}])"}) {
        EXPECT_EQ(
            lines_of(csv, steps, bounds),
            "the task needs more than 1048576 bytes of disk (tasks.data_scratch_max_bytes): filter or select "
            "earlier"
        );
    }
}

}  // namespace
}  // namespace esm::tasks::data_processing
