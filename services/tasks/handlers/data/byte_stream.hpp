// The bytes of an input, unpacked where they are gzip (RFC 1952) or zstd (RFC 8878), recognised by content.
// Read by one thread at a time; memory is bounded whatever the input claims.
#pragma once

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <memory>
#include <string_view>

#include "services/tasks/handlers/data/problem.hpp"
#include "services/tasks/handlers/work.hpp"

namespace esm::tasks::data {

// Turns bytes read into the task's progress: one for all inputs of a task, which add what they will read
// first.
class read_meter {
public:
    // Reading takes this much of the whole progress.
    static constexpr std::uint64_t share_per_cent = 90;

    // `shows`: whether its reads are part of the progress.
    explicit read_meter(run_control& control, bool shows = true) : control_(control), shows_(shows) {}
    void expect(std::uint64_t bytes) { total_ += bytes; }
    void add(std::uint64_t bytes) {
        if (!shows_) return;
        const auto done = done_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
        const auto total = std::max<std::uint64_t>(total_, 1);
        const auto share = static_cast<int>(share_per_cent * std::min(done, total) / total);
        // What is expected may grow meanwhile; progress never goes back.
        if (share > control_.progress()) control_.set_progress(share);
    }
    bool should_stop() const { return control_.should_stop(); }
    run_control& control() { return control_; }

private:
    run_control& control_;
    const bool shows_;
    std::uint64_t total_{0};
    std::atomic<std::uint64_t> done_{0};
};

class byte_stream {
public:
    virtual ~byte_stream() = default;
    // Up to `max` bytes, 0 at the end. The problem says what is wrong with the packing.
    virtual checked<std::size_t> read(char* into, std::size_t max) = 0;
};

// A text that outlives the stream.
std::unique_ptr<byte_stream> stream_of(std::string_view text);

// `name` is for messages; unpacked, the file may have at most `unpacked_max_bytes`. Throws std::system_error
// where the file cannot be read.
checked<std::unique_ptr<byte_stream>> open_stream(
    const std::filesystem::path& path, std::string name, std::uint64_t unpacked_max_bytes, read_meter& meter
);

}  // namespace esm::tasks::data
