// See scratch_space.hpp.
#include "services/tasks/handlers/data/scratch_space.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstring>
#include <system_error>

namespace esm::tasks::data {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{64} << 10U;

[[noreturn]] void throw_errno(const char* what) {
    throw std::system_error(errno, std::generic_category(), what);
}

}  // namespace

checked<void> scratch_space::take(std::uint64_t bytes) {
    if (used_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= max_bytes_) return {};
    return wrong(fmt::format(
        "the task needs more than {} bytes of disk (tasks.data_scratch_max_bytes): filter or select earlier",
        max_bytes_
    ));
}

std::filesystem::path scratch_space::new_path(std::string_view kind) {
    return folder_ / fmt::format("{}-{}", kind, names_.fetch_add(1, std::memory_order_relaxed));
}

spill_file::~spill_file() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove(path_, ignored);
    space_.give_back(written_);
}

checked<void> spill_file::append(const void* bytes, std::size_t count) {
    const auto* from = static_cast<const char*>(bytes);
    while (count > 0) {
        if (buffer_.capacity() == 0) buffer_.reserve(buffer_bytes);
        const auto fits = std::min(count, buffer_bytes - buffer_.size());
        buffer_.insert(buffer_.end(), from, from + fits);
        from += fits;
        count -= fits;
        if (buffer_.size() < buffer_bytes) continue;
        if (auto done = flush(); !done) return done;
    }
    return {};
}

checked<void> spill_file::flush() {
    if (buffer_.empty()) return {};
    if (auto taken = space_.take(buffer_.size()); !taken) return taken;
    if (path_.empty()) path_ = space_.new_path("spill");
    const int file = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (file < 0) throw_errno("open a scratch file");
    written_ += buffer_.size();
    std::size_t at = 0;
    while (at < buffer_.size()) {
        const auto done = ::write(file, buffer_.data() + at, buffer_.size() - at);
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) {
            const int why = errno;
            ::close(file);
            errno = why;
            throw_errno("write a scratch file");
        }
        at += static_cast<std::size_t>(done);
    }
    ::close(file);
    buffer_.clear();
    return {};
}

checked<void> spill_file::close() {
    auto done = flush();
    std::vector<char>().swap(buffer_);
    return done;
}

spill_reader::spill_reader(const spill_file& from)
    : file_(from.path().empty() ? -1 : ::open(from.path().c_str(), O_RDONLY | O_CLOEXEC)),
      buffer_(buffer_bytes) {
    if (file_ < 0 && !from.path().empty()) throw_errno("open a scratch file");
}

spill_reader::~spill_reader() {
    if (file_ >= 0) ::close(file_);
}

bool spill_reader::refill() {
    if (file_ < 0) return false;
    for (;;) {
        const auto got = ::read(file_, buffer_.data(), buffer_.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) throw_errno("read a scratch file");
        at_ = 0;
        filled_ = static_cast<std::size_t>(got);
        return got > 0;
    }
}

bool spill_reader::read(void* into, std::size_t count) {
    auto* to = static_cast<char*>(into);
    while (count > 0) {
        if (at_ == filled_ && !refill()) return false;
        const auto given = std::min(count, filled_ - at_);
        std::memcpy(to, buffer_.data() + at_, given);
        at_ += given;
        to += given;
        count -= given;
    }
    return true;
}

}  // namespace esm::tasks::data
