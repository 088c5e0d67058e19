// The disk that one task may use, and files within it that are written, then read from begin to end.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/tasks/handlers/data/problem.hpp"

namespace esm::tasks::data {

// Safe from many threads; outlives its files.
class scratch_space {
public:
    scratch_space(std::filesystem::path folder, std::uint64_t max_bytes)
        : folder_(std::move(folder)), max_bytes_(max_bytes) {}

    // Counts bytes before they are written.
    checked<void> take(std::uint64_t bytes);
    void give_back(std::uint64_t bytes) { used_.fetch_sub(bytes, std::memory_order_relaxed); }
    // A name that no other file has.
    std::filesystem::path new_path(std::string_view kind);

private:
    const std::filesystem::path folder_;
    const std::uint64_t max_bytes_;
    std::atomic<std::uint64_t> used_{0};
    std::atomic<std::uint64_t> names_{0};
};

// Intermediate data on disk; deleted with it. Holds a file descriptor only while it writes or reads. Throws
// std::system_error where the disk fails or is full.
class spill_file {
public:
    explicit spill_file(scratch_space& space) : space_(space) {}
    ~spill_file();
    spill_file(const spill_file&) = delete;
    spill_file& operator=(const spill_file&) = delete;

    checked<void> append(const void* bytes, std::size_t count);
    // After the last append; frees the buffer.
    checked<void> close();
    bool empty() const { return written_ == 0 && buffer_.empty(); }
    std::uint64_t bytes() const { return written_; }
    const std::filesystem::path& path() const { return path_; }

private:
    checked<void> flush();

    scratch_space& space_;
    std::filesystem::path path_;
    std::vector<char> buffer_;
    std::uint64_t written_{0};
};

class spill_reader {
public:
    explicit spill_reader(const spill_file& from);
    ~spill_reader();
    spill_reader(const spill_reader&) = delete;
    spill_reader& operator=(const spill_reader&) = delete;

    // False at the end of the file.
    bool read(void* into, std::size_t count);

private:
    bool refill();

    const int file_;
    std::vector<char> buffer_;
    std::size_t at_{0};
    std::size_t filled_{0};
};

}  // namespace esm::tasks::data
