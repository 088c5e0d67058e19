// Memory for many small things that end together: texts and rows of one batch, group table or sort run.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <vector>

#include "services/tasks/handlers/data/cell.hpp"

namespace esm::tasks::data {

class arena {
public:
    // Aligned for any fundamental type.
    char* allocate(std::size_t bytes) {
        bytes = (bytes + alignment - 1) & ~(alignment - 1);
        if (bytes > left_) add_block(bytes);
        char* place = at_;
        at_ += bytes;
        left_ -= bytes;
        return place;
    }
    // Bytes without alignment waste little: texts are copied side by side.
    std::string_view store(std::string_view text) {
        if (text.empty()) return "";
        if (text.size() > left_) add_block(text.size());
        std::memcpy(at_, text.data(), text.size());
        const std::string_view stored(at_, text.size());
        const auto rounded = std::min((text.size() + alignment - 1) & ~(alignment - 1), left_);
        at_ += rounded;
        left_ -= rounded;
        return stored;
    }
    // The cell with its text here.
    cell store(const cell& given) {
        return given.is_text() ? given.moved_to(store(given.text()).data()) : given;
    }
    // Of all blocks, used or not.
    std::size_t bytes() const { return bytes_; }
    // What was allocated is gone; one small block stays for reuse.
    void clear() {
        if (blocks_.empty()) return;
        if (blocks_.size() > 1 || sizes_.front() > first_block_bytes) {
            blocks_.clear();
            sizes_.clear();
            bytes_ = left_ = 0;
            at_ = nullptr;
            return;
        }
        at_ = blocks_.front().get();
        left_ = sizes_.front();
    }

private:
    static constexpr std::size_t alignment = 16;
    static constexpr std::size_t first_block_bytes = std::size_t{16} << 10U;
    static constexpr std::size_t block_bytes_max = std::size_t{512} << 10U;

    void add_block(std::size_t least) {
        const auto grown = std::clamp(bytes_, first_block_bytes, block_bytes_max);
        const auto size = std::max((least + alignment - 1) & ~(alignment - 1), grown);
        blocks_.push_back(std::unique_ptr<char[]>(new char[size]));  // not zeroed
        sizes_.push_back(size);
        bytes_ += size;
        at_ = blocks_.back().get();
        left_ = size;
    }

    std::vector<std::unique_ptr<char[]>> blocks_;
    std::vector<std::size_t> sizes_;
    std::size_t bytes_{0};
    char* at_{nullptr};
    std::size_t left_{0};
};

}  // namespace esm::tasks::data
