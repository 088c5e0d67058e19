// Millions of rows in bounded memory: the peak of a process of its own, with more groups and rows than fit.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <fstream>

#include "services/tasks/handlers/data_processing/run_data.hpp"

namespace esm::tasks::data_processing {
namespace {

// `./test full` takes as many rows as the promise is about.
std::int64_t rows_count() {
    return std::getenv("ESM_TEST_FULL") ? 5'000'000 : 400'000;
}

std::filesystem::path large_csv() {
    const auto path = std::filesystem::temp_directory_path() / ("esm-rows-" + random_hex(8));
    std::ofstream out(path, std::ios::binary);
    std::string text{"id,name,amount\n"};
    for (std::int64_t i = 0; i < rows_count(); ++i) {
        text += fmt::format("{},name {},{}.{:02}\n", i * 7919 % 1'000'003, i % 900'001, i % 1000, i % 100);
        if (text.size() < (std::size_t{1} << 20U)) continue;
        out << text;
        text.clear();
    }
    out << text;
    return path;
}

// The peak in MB; 0 where the task failed.
long peak_of(const std::filesystem::path& file, const std::string& steps) {
    const auto child = ::fork();
    if (child == 0) {
        test_work current(
            R"({"source":{"fileId":1000},"output":{"format":"csv","compression":"zstd"},"steps":)" + steps +
            "}"
        );
        current.give_file(1000, local_file{file, "rows.csv", "text/csv", std::filesystem::file_size(file)});
        const auto done = make_handler({})->run(current);
        std::fputs(done.text.substr(0, 200).c_str(), done.how == outcome::kind::completed ? stdout : stderr);
        ::_exit(done.how == outcome::kind::completed ? 0 : 1);
    }
    int status = 0;
    rusage used{};
    ::wait4(child, &status, 0, &used);
    return status == 0 ? used.ru_maxrss / 1024 : 0;
}

// The service's own 60 MB are not part of it.
TEST(data_memory, stays_below_its_limit) {
    const auto file = large_csv();
    for (const auto* steps : {
             R"([{"op":"sort","by":[{"column":"id"},{"column":"name","direction":"desc"}]}])",
             R"([{"op":"group","by":["name"],"aggregates":[{"function":"sum","column":"amount"},
                 {"function":"max","column":"name","as":"last"}]}])",
             R"([{"op":"group","by":[],"aggregates":[{"function":"count_distinct","column":"id"}]}])",
             R"([{"op":"distinct"},{"op":"sort","by":[{"column":"amount"}]}])",
         }) {
        const auto peak = peak_of(file, steps);
        EXPECT_GT(peak, 0) << steps;
        EXPECT_LT(peak, 100) << steps;
    }
    std::filesystem::remove(file);
}

}  // namespace
}  // namespace esm::tasks::data_processing
