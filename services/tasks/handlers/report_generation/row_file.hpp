// Rows of cells in a file: written once from first to last, then read as often as a renderer needs them.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "services/tasks/handlers/data/cell.hpp"

namespace esm::tasks::report_generation {

using data::cell;

// A cell as bytes, and back; the cell is a view into what it was read from.
void append_encoded(std::string& to, const cell& added);
cell take_encoded(std::string_view& from);

struct row_file {
    std::filesystem::path path;
    std::uint64_t rows{0};
};

// Both throw std::runtime_error that names the file when the disk fails.
class row_writer {
public:
    explicit row_writer(std::filesystem::path path);
    void append(const std::vector<cell>& row);
    // Nothing may be appended after it.
    row_file finish();

private:
    row_file made_;
    std::ofstream to_;
    std::string encoded_;
};

class row_reader {
public:
    explicit row_reader(const row_file& from);
    // False after the last row. The cells live until the next call.
    bool next(std::vector<cell>& row);

private:
    const row_file from_;
    std::ifstream stream_;
    std::uint64_t read_{0};
    std::string encoded_;
};

}  // namespace esm::tasks::report_generation
