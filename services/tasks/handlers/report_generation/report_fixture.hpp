// Runs report_generation in tests and reads back what it made.
#pragma once

#include <gtest/gtest.h>

#include "services/tasks/handlers/report_generation/report_generation.hpp"
#include "services/tasks/handlers/test_work.hpp"

namespace esm::tasks::report_generation {

namespace bj = boost::json;

inline options with_fonts() {
    options settings;
    settings.fonts.folder = "/usr/share/fonts/truetype/dejavu";
    return settings;
}

struct made_report {
    outcome done;
    std::string pdf, html;
    std::vector<std::string> lines;
};

// `csv`, where given, is the file 1000.
inline made_report made_by(
    const std::string& parameters, std::string_view csv = {}, options settings = with_fonts()
) {
    if (settings.fonts.folder.empty()) settings.fonts = with_fonts().fonts;
    test_work current(parameters);
    if (!csv.empty()) current.give_file(1000, "rows.csv", "text/csv", csv);
    made_report made;
    try {
        made.done = make_handler(settings)->run(current);
    } catch (const std::exception& failure) {  // as the task runner does
        made.done = {outcome::kind::failed, failure.what()};
    }
    made.pdf = current.content("report.pdf");
    made.html = current.content("report.html");
    made.lines = current.lines;
    return made;
}

// By pdftotext.
inline std::string text_of(const std::string& pdf) {
    const auto folder = std::filesystem::temp_directory_path() / ("esm-report-" + random_hex(8));
    std::filesystem::create_directories(folder);
    std::ofstream(folder / "a.pdf", std::ios::binary) << pdf;
    const auto command = fmt::format("pdftotext -layout {0}/a.pdf {0}/a.txt 2>/dev/null", folder.string());
    EXPECT_EQ(std::system(command.c_str()), 0) << "pdftotext is in poppler-utils";
    std::ifstream from(folder / "a.txt");
    std::string text{std::istreambuf_iterator<char>(from), {}};
    std::filesystem::remove_all(folder);
    return text;
}

inline std::size_t count_of(std::string_view text, std::string_view part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

// The texts of the table's cells, each with a bar behind it.
inline std::string cells_of(std::string_view html) {
    std::string cells;
    for (auto at = html.find("<td"); at != std::string_view::npos; at = html.find("<td", at)) {
        const auto begin = html.find('>', at) + 1;
        at = html.find("</td>", begin);
        cells += fmt::format("{}|", html.substr(begin, at - begin));
    }
    return cells;
}

}  // namespace esm::tasks::report_generation
