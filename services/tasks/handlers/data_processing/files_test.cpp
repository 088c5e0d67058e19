// data_processing over files: formats and packing told by content, the new steps, outputs, limits, giving
// way.
#include <gtest/gtest.h>
#include <zlib.h>
#include <zstd.h>

#include <random>

#include "platform/security/sealed.hpp"
#include "services/tasks/handlers/data_processing/run_data.hpp"

namespace esm::tasks::data_processing {
namespace {

using namespace std::string_view_literals;

std::string gzip(std::string_view text) {
    z_stream state{};
    deflateInit2(&state, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    std::string packed(deflateBound(&state, text.size()) + 64, '\0');
    state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
    state.avail_in = static_cast<uInt>(text.size());
    state.next_out = reinterpret_cast<Bytef*>(packed.data());
    state.avail_out = static_cast<uInt>(packed.size());
    deflate(&state, Z_FINISH);
    packed.resize(state.total_out);
    deflateEnd(&state);
    return packed;
}

std::string zstd(std::string_view text, int window_log = 0) {
    auto* state = ZSTD_createCCtx();
    if (window_log > 0) ZSTD_CCtx_setParameter(state, ZSTD_c_windowLog, window_log);
    ZSTD_CCtx_setParameter(state, ZSTD_c_contentSizeFlag, 0);
    std::string packed(ZSTD_compressBound(text.size()), '\0');
    ZSTD_inBuffer in{text.data(), text.size(), 0};
    ZSTD_outBuffer out{packed.data(), packed.size(), 0};
    ZSTD_compressStream2(state, &out, &in, ZSTD_e_continue);
    ZSTD_compressStream2(state, &out, &in, ZSTD_e_end);
    ZSTD_freeCCtx(state);
    packed.resize(out.pos);
    return packed;
}

std::string unpacked_gzip(const std::string& packed) {
    z_stream state{};
    inflateInit2(&state, 16 + MAX_WBITS);
    std::string text(1'000'000, '\0');
    state.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    state.avail_in = static_cast<uInt>(packed.size());
    state.next_out = reinterpret_cast<Bytef*>(text.data());
    state.avail_out = static_cast<uInt>(text.size());
    EXPECT_EQ(inflate(&state, Z_FINISH), Z_STREAM_END);
    text.resize(state.total_out);
    inflateEnd(&state);
    return text;
}

std::string rows_of(
    const std::string& content, const std::string& steps = "[]", const data::limits& bounds = {}
) {
    test_work current(R"({"source":{"fileId":1000},"steps":)" + steps + "}");
    current.give_file(1000, "a.data", "application/octet-stream", content);
    const auto result = run_data(current, bounds);
    return bj::serialize(result.is_object() ? result.at("rows") : result);
}

constexpr auto both_rows = R"([{"a":1,"b":"x"},{"a":2,"b":null}])";

TEST(data_files, formats_are_told_by_content) {
    EXPECT_EQ(rows_of("a,b\n1,x\n2,\n"), both_rows);
    EXPECT_EQ(rows_of("\n [{\"a\":1,\"b\":\"x\"},{\"a\":2}]"), both_rows);
    EXPECT_EQ(rows_of("{\"a\":1,\"b\":\"x\"}\n{\"a\":2}\n"), both_rows);
    EXPECT_EQ(rows_of("[]", R"([{"op":"sort","by":[{"column":"x"}]}])"), "[]") << "no rows name no columns";
}

TEST(data_files, packing_is_told_by_content) {
    EXPECT_EQ(rows_of(gzip("a,b\n1,x\n2,\n")), both_rows);
    EXPECT_EQ(rows_of(gzip("a,b\n1,x") + gzip("\n2,\n") + std::string(700, '\0')), both_rows)
        << "members and padding";
    EXPECT_EQ(rows_of(zstd("{\"a\":1,\"b\":\"x\"}\n{\"a\":2}\n")), both_rows);
    EXPECT_EQ(rows_of(zstd("a,b\n1,x") + zstd("\n2,\n")), both_rows) << "frames";
}

TEST(data_files, broken_packing_is_named) {
    const auto text = "a,b\n" + std::string(100, '1') + ",2\n";
    const auto cut = gzip(text);
    EXPECT_NE(
        rows_of(cut.substr(0, cut.size() - 9)).find("a.data: the gzip data are cut off after"),
        std::string::npos
    );
    auto bad = gzip(text);
    bad[bad.size() - 6] = static_cast<char>(bad[bad.size() - 6] ^ 1);
    EXPECT_NE(rows_of(bad).find("the gzip data are damaged (incorrect data check)"), std::string::npos)
        << rows_of(bad);
    EXPECT_NE(rows_of(gzip(text) + "more").find("the gzip data are damaged"), std::string::npos);
    const auto frame = zstd(text);
    EXPECT_NE(
        rows_of(frame.substr(0, frame.size() - 5)).find("the zstd data are cut off"), std::string::npos
    );
    EXPECT_NE(
        rows_of(zstd(std::string(1000, 'a'), 27)).find("pack it with zstd -19 or less"), std::string::npos
    );
    data::limits bounds;
    bounds.input_bytes = 1000;
    EXPECT_NE(
        rows_of(gzip("a\n" + std::string(100000, '\n')), "[]", bounds)
            .find("unpacked it has more than 1000 bytes"),
        std::string::npos
    );
}

TEST(data_files, what_is_not_there_is_named) {
    test_work current(R"({"source":{"fileId":1001}})");
    EXPECT_EQ(failure(current), "no such file");
}

TEST(data_files, map_rename_select_distinct) {
    const std::string csv = "city,amount,at\nGraz,12.5,2026-11-26\nLinz,30,2026-01-05\nGraz,7.5,2025-11-01\n";
    EXPECT_EQ(
        rows_of(
            csv,
            R"x([{"op":"map","columns":[{"as":"year","expression":"year(at)"},
            {"as":"amount","expression":"amount * 2"},{"as":"label","expression":"upper(city) || ' )x"
            R"x(' || year"}]},
            {"op":"rename","columns":[{"column":"at","as":"day"}]},
            {"op":"select","columns":["label",{"column":"amount","as":"double"},"day"]},)x"
            R"x({"op":"limit","count":1}])x"
        ),
        R"([{"label":"GRAZ 2026","double":25,"day":"2026-11-26"}])"
    );
    EXPECT_EQ(
        rows_of(csv, R"([{"op":"select","columns":["city"]},{"op":"distinct"}])"),
        R"([{"city":"Graz"},{"city":"Linz"}])"
    );
    EXPECT_EQ(
        rows_of(
            csv,
            R"([{"op":"filter","where":"month(at) = 11 and amount > 10"},{"op":"select","columns":["city"]}])"
        ),
        R"([{"city":"Graz"}])"
    );
    EXPECT_EQ(
        rows_of(csv, R"([{"op":"map","columns":[{"as":"x","expression":"city * 2"}]}])"),
        R"("step 1 (map): row 1: * takes numbers, not text \"Graz\"")"
    );
    EXPECT_EQ(
        rows_of(csv, R"([{"op":"filter","where":"amount"}])"),
        R"("step 1 (filter): row 1: a condition must be true or false, not number 12.5")"
    );
    EXPECT_EQ(
        rows_of(csv, R"([{"op":"map","columns":[{"as":"x","expression":"town"}]}])"),
        R"x("step 1 (map): there is no column \"town\"; the columns are \"city\", \"amount\", \"at\"")x"
    );
    EXPECT_EQ(
        rows_of(csv, R"([{"op":"rename","columns":[{"column":"city","as":"at"}]}])"),
        R"("step 1 (rename): two columns would be called \"at\"")"
    );
}

TEST(data_files, joins) {
    test_work current(R"({"source":{"fileId":1000},"steps":[{"op":"join","with":{"source":{"fileId":1001}},
        "on":["id"],"how":"left","columns":["name",{"column":"age","as":"years"}],"prefix":"u_"}]})");
    current.give_file(1000, "orders.csv", "text/csv", "id,total\n1,10\n2,20\n,30\n3,40\n");
    current.give_file(
        1001, "users.json", "application/json", R"([{"id":1,"name":"A","age":3},{"id":3.0,"name":"C"},
        {"id":1,"name":"B"},{"id":null,"name":"N"}])"
    );
    EXPECT_EQ(
        bj::serialize(run_data(current).at("rows")),
        R"([{"id":1,"total":10,"u_name":"A","u_years":3},{"id":1,"total":10,"u_name":"B","u_years":null},)"
        R"({"id":2,"total":20,"u_name":null,"u_years":null},{"id":null,"total":30,"u_name":null,)"
        R"("u_years":null},)"
        R"({"id":3,"total":40,"u_name":"C","u_years":null}])"
    );
}

TEST(data_files, joins_say_what_is_wrong) {
    const auto joined = [](const std::string& second, const std::string& more, const data::limits& bounds = {}
                        ) {
        test_work current(
            R"({"source":{"fileId":1000},"steps":[{"op":"join","with":{"source":{"fileId":1001}},)"
            R"("on":["id"])" +
            more + "}]}"
        );
        current.give_file(1000, "orders.csv", "text/csv", "id,total\n1,10\n");
        current.give_file(1001, "users.csv", "text/csv", second);
        return failure(current, bounds);
    };
    EXPECT_EQ(
        joined("id,total\n1,2\n", ""),
        "step 1 (join): both sources have a column \"total\": name the second's otherwise with columns or "
        "prefix"
    );
    EXPECT_EQ(joined("id,total\n1,2\n", R"(,"prefix":"second ")"), "completed");
    EXPECT_EQ(
        joined("key,total\n1,2\n", ""),
        "step 1 (join): users.csv: there is no column \"id\"; the columns are \"key\", \"total\""
    );
    EXPECT_EQ(
        joined("id\n1,2\n", ""), "step 1 (join): users.csv line 2: row 1 has 2 cells, the header has 1"
    );
    data::limits bounds;
    bounds.join_bytes = 65536;
    std::string large{"id,name\n"};
    for (int i = 0; i < 5000; ++i) large += fmt::format("{},name {}\n", i, i);
    EXPECT_EQ(
        joined(large, "", bounds),
        "step 1 (join): users.csv: the second sources of joins need more than 65536 bytes of memory "
        "(tasks.data_join_max_bytes): give the smaller source as the second, or name fewer of its columns"
    );
}

TEST(data_files, outputs) {
    const std::string rows =
        R"({"format":"json","rows":[{"a":1,"b":"x,\"y\""},{"a":null,"b":""},{"a":-1,"b":"=1+1"},
        {"a":true,"b":"12"},{"a":1.5,"b":"-x"}],"output":)";
    const auto made = [&](const std::string& output, const std::string& name) {
        test_work current(rows + output + "}");
        const auto result = run_data(current);
        EXPECT_TRUE(result.is_object()) << result;
        EXPECT_EQ(std::string(result.at("artifact").as_string()), name);
        EXPECT_EQ(result.at("rowCount"), 5);
        EXPECT_EQ(result.at("rows").as_array().size(), 5U);
        const auto content = current.content(name);
        EXPECT_EQ(result.at("bytes"), static_cast<std::int64_t>(content.size()));
        EXPECT_EQ(std::string(result.at("sha256").as_string()), security::sha256_hex(content));
        return content;
    };
    const std::string csv = "a,b\n1,\"x,\"\"y\"\"\"\n,\"\"\n-1,'=1+1\ntrue,\"12\"\n1.5,'-x\n";
    EXPECT_EQ(made(R"({"format":"csv"})", "rows.csv"), csv);
    EXPECT_EQ(unpacked_gzip(made(R"({"format":"csv","compression":"gzip"})", "rows.csv.gz")), csv);
    EXPECT_EQ(
        made(R"({"format":"csv","formulas":"keep","name":"plain.csv"})", "plain.csv"),
        "a,b\n1,\"x,\"\"y\"\"\"\n,\"\"\n-1,=1+1\ntrue,\"12\"\n1.5,-x\n"
    );
    EXPECT_EQ(
        made(R"({"format":"json"})", "rows.json"),
        "[\n{\"a\":1,\"b\":\"x,\\\"y\\\"\"},\n{\"a\":null,\"b\":\"\"},\n{\"a\":-1,\"b\":\"=1+1\"},\n"
        "{\"a\":true,\"b\":\"12\"},\n{\"a\":1.5,\"b\":\"-x\"}\n]\n"
    );
    const auto frame = made(R"({"format":"ndjson","compression":"zstd"})", "rows.ndjson.zst");
    std::string text(10000, '\0');
    text.resize(ZSTD_decompress(text.data(), text.size(), frame.data(), frame.size()));
    EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5) << text;
}

TEST(data_files, what_is_written_reads_back_the_same) {
    const std::string csv = "a,b\n1,\"1\"\n-0.5,\"\"\n9223372036854775807,\"a\nb\"\n,\"\"\"\"\n";
    const auto before = rows_of(csv);
    for (const auto* output :
         {R"({"format":"csv"})",
          R"({"format":"json","compression":"zstd"})",
          R"({"format":"ndjson","compression":"gzip"})"}) {
        test_work current(fmt::format(R"({{"source":{{"fileId":1000}},"output":{}}})", output));
        current.give_file(1000, "a.csv", "text/csv", csv);
        ASSERT_TRUE(run_data(current).is_object());
        EXPECT_EQ(rows_of(current.content(current.kept.front().name)), before) << output;
    }
}

TEST(data_files, a_long_result_shows_its_first_rows) {
    std::string csv{"a\n"};
    for (int i = 0; i < 3000; ++i) csv += fmt::format("{}\n", i);
    test_work current(R"({"source":{"fileId":1000}})");
    current.give_file(1000, "a.csv", "text/csv", csv);
    data::limits bounds;
    bounds.result_bytes = 20000;
    const auto result = run_data(current, bounds);
    ASSERT_TRUE(result.is_object()) << result;
    EXPECT_EQ(result.at("rows").as_array().size(), 20U);
    EXPECT_EQ(result.at("rowCount"), 3000);
    const auto lines = current.content("rows.ndjson");
    EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3000);
    EXPECT_TRUE(lines.starts_with("{\"a\":0}\n{\"a\":1}\n") && lines.ends_with("{\"a\":2999}\n"));
}

// Texts made for a batch go on in pieces; rows keep their numbers.
TEST(data_files, made_texts_are_bounded) {
    std::string csv{"a,b\n"};
    for (int i = 0; i < 900; ++i) csv += fmt::format("{},{}\n", i, std::string(100, 'x'));
    const auto longer = fmt::format(
        R"x({{"op":"map","columns":[{{"as":"c","expression":"replace(b, 'x', '{}')"}},{{"as":"d",)x"
        R"x("expression":"a + 1"}}]}})x",
        std::string(400, 'y')
    );
    EXPECT_EQ(
        rows_of(
            csv, "[" + longer + R"x(,{"op":"filter","where":"a % 2 = 1"},
            {"op":"map","columns":[{"as":"l","expression":"length(c)"}]},
            {"op":"group","by":["l"],"aggregates":[{"function":"count"},{"function":"sum","column":"a"}]}])x"
        ),
        R"([{"l":40000,"count":450,"sum_a":202500}])"
    );
    EXPECT_EQ(
        rows_of(csv + "x,y\n", "[" + longer + "]"),
        R"("step 1 (map): row 901: + takes numbers, not text \"x\"")"
    );
}

// Whatever a file holds, the task ends with rows or with a message; sanitizers look on.
TEST(data_files, survives_damage) {
    std::string csv{"a,b,c\n"};
    std::string array{"["};
    std::string lines;
    for (int i = 0; i < 20; ++i) {
        csv += fmt::format("{},\"x\"\"{}\n\",ü\r\n", i, i);
        const auto row = fmt::format(R"({{"a":{},"b":"x\"\u00fc","c":[{{"d":null}},true,1.5e3]}})", i);
        lines += row + "\n";
        array += (i == 0 ? "" : ",") + row;
    }
    array += "]";
    const std::vector<std::string> sounds{csv, array, lines, gzip(csv), zstd(lines)};
    constexpr std::string_view hard = "\"\\{}[],:\n\r\0\xC3\xFF-0e."sv;
    std::mt19937 dice(1);
    for (int round = 0; round < 2000; ++round) {
        auto text = sounds[dice() % sounds.size()];
        for (auto damages = 1 + dice() % 3; damages > 0; --damages) {
            const auto at = dice() % text.size();
            if (dice() % 3 == 0) text.erase(at, 1 + dice() % 8);
            if (text.empty()) text = "x";
            text[at % text.size()] = dice() % 2 == 0 ? hard[dice() % hard.size()] : static_cast<char>(dice());
        }
        data::limits bounds;
        bounds.block_bytes = 1 + dice() % 300;
        bounds.row_bytes = 512;
        ASSERT_FALSE(
            rows_of(text, R"([{"op":"group","by":["b"],"aggregates":[{"function":"count"}]}])", bounds)
                .empty()
        );
    }
}

class cancelled_later {
public:
    explicit cancelled_later(run_control& control)
        : thread_([&control] {
              std::this_thread::sleep_for(std::chrono::milliseconds(30));
              control.cancel();
          }) {}
    ~cancelled_later() { thread_.join(); }

private:
    std::thread thread_;
};

TEST(data_files, gives_way_soon) {
    std::string csv{"a,b\n"};
    for (std::int64_t i = 0; i < 400000; ++i) csv += fmt::format("{},{}\n", i * 7919 % 400000, i);
    const std::string joining = R"([{"op":"map","columns":[{"as":"k","expression":"1"}]},
        {"op":"join","with":{"format":"csv","csv":"k,v\n1,1\n1,2\n1,3\n1,4\n1,5\n1,6\n"},"on":["k"]},
        {"op":"sort","by":[{"column":"b"}]}])";
    const std::string sorting = R"([{"op":"sort","by":[{"column":"a"}]}])";
    const std::string seeking = R"([{"op":"distinct"}])";
    for (const auto& step : {sorting, seeking, joining}) {
        run_control control(nullptr, run_control::clock::now() + std::chrono::minutes(5));
        test_work current(
            R"({"source":{"fileId":1000},"output":{"format":"csv"},"steps":)" + step + "}", control
        );
        current.give_file(1000, "a.csv", "text/csv", csv);
        auto bounds = tiny();
        bounds.memory_bytes = std::size_t{4} << 20U;
        const cancelled_later cancelling(control);
        const auto begun = run_control::clock::now();
        EXPECT_EQ(make_handler(bounds)->run(current).how, outcome::kind::stopped) << step;
        EXPECT_LT(run_control::clock::now() - begun, std::chrono::milliseconds(500)) << step;
        EXPECT_TRUE(current.kept.empty());
    }
}

}  // namespace
}  // namespace esm::tasks::data_processing
