// See byte_stream.hpp.
#include "services/tasks/handlers/data/byte_stream.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <cstring>
#include <system_error>
#include <vector>

namespace esm::tasks::data {

namespace {

constexpr std::size_t packed_block_bytes = std::size_t{128} << 10U;
// 8 MiB: what zstd -19 needs. More would be the writer's say over our memory.
constexpr int zstd_window_log_max = 23;

class text_stream final : public byte_stream {
public:
    explicit text_stream(std::string_view text) : left_(text) {}
    checked<std::size_t> read(char* into, std::size_t max) override {
        const auto given = std::min(max, left_.size());
        std::memcpy(into, left_.data(), given);
        left_.remove_prefix(given);
        return given;
    }

private:
    std::string_view left_;
};

class file_stream final : public byte_stream {
public:
    file_stream(const std::filesystem::path& path, read_meter& meter)
        : meter_(meter), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {
        if (file_ < 0) throw std::system_error(errno, std::generic_category(), "open the input");
        ::posix_fadvise(file_, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    ~file_stream() override { ::close(file_); }
    file_stream(const file_stream&) = delete;
    file_stream& operator=(const file_stream&) = delete;

    checked<std::size_t> read(char* into, std::size_t max) override {
        if (meter_.should_stop()) return given_way();
        for (;;) {
            const auto got = ::read(file_, into, max);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) throw std::system_error(errno, std::generic_category(), "read the input");
            meter_.add(static_cast<std::uint64_t>(got));
            return static_cast<std::size_t>(got);
        }
    }
    // What the next read begins with, without taking it.
    std::string peek(std::size_t max) const {
        std::string head(max, '\0');
        const auto got = ::pread(file_, head.data(), max, 0);
        head.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
        return head;
    }

private:
    read_meter& meter_;
    const int file_;
};

// Counts what comes out, so that a small file cannot unpack without end.
class unpacked_stream : public byte_stream {
public:
    unpacked_stream(std::unique_ptr<byte_stream> packed, std::string name, std::uint64_t max_bytes)
        : packed_(std::move(packed)),
          name_(std::move(name)),
          max_bytes_(max_bytes),
          in_(packed_block_bytes) {}

    checked<std::size_t> read(char* into, std::size_t max) final {
        auto got = unpack(into, max);
        if (!got) return got;
        made_ += *got;
        if (made_ > max_bytes_) {
            return wrong(fmt::format("{}: unpacked it has more than {} bytes", name_, max_bytes_));
        }
        return got;
    }

protected:
    virtual checked<std::size_t> unpack(char* into, std::size_t max) = 0;
    // Reads on; false at the end of the packed bytes.
    checked<bool> refill() {
        const auto got = packed_->read(in_.data(), in_.size());
        if (!got) return got.error();
        filled_ = *got;
        return filled_ > 0;
    }
    problem damaged(std::string_view kind, std::string_view why) const {
        return wrong(fmt::format("{}: the {} data {} after {} bytes of content", name_, kind, why, made_));
    }

    const std::unique_ptr<byte_stream> packed_;
    const std::string name_;
    const std::uint64_t max_bytes_;
    std::vector<char> in_;
    std::size_t filled_{0};
    std::uint64_t made_{0};
};

class gzip_stream final : public unpacked_stream {
public:
    using unpacked_stream::unpacked_stream;
    ~gzip_stream() override {
        if (ready_) ::inflateEnd(&state_);
    }

protected:
    checked<std::size_t> unpack(char* into, std::size_t max) override {
        constexpr int gzip_only = 16 + MAX_WBITS;
        if (!ready_) {
            if (::inflateInit2(&state_, gzip_only) != Z_OK) throw std::bad_alloc();
            ready_ = true;
        }
        state_.next_out = reinterpret_cast<Bytef*>(into);
        state_.avail_out = static_cast<uInt>(max);
        while (state_.avail_out > 0) {
            if (state_.avail_in == 0) {
                const auto more = refill();
                if (!more) return more.error();
                state_.next_in = reinterpret_cast<Bytef*>(in_.data());
                state_.avail_in = static_cast<uInt>(filled_);
                if (!*more && !between_members_) return damaged("gzip", "are cut off");
                if (!*more) break;
            }
            if (between_members_ && !begin_member()) continue;
            const auto done = ::inflate(&state_, Z_NO_FLUSH);
            if (done == Z_STREAM_END) {
                between_members_ = true;
            } else if (done != Z_OK && done != Z_BUF_ERROR) {
                return damaged("gzip", fmt::format("are damaged ({})", state_.msg ? state_.msg : "?"));
            }
        }
        return max - state_.avail_out;
    }

private:
    // Members follow each other (RFC 1952 section 2.2); zeros behind one are padding. False where more must
    // be read to see one.
    bool begin_member() {
        while (state_.avail_in > 0 && *state_.next_in == 0) {
            ++state_.next_in;
            --state_.avail_in;
        }
        if (state_.avail_in == 0) return false;
        ::inflateReset(&state_);
        between_members_ = false;
        return true;
    }

    z_stream state_{};
    bool ready_{false};
    bool between_members_{false};
};

class zstd_stream final : public unpacked_stream {
public:
    using unpacked_stream::unpacked_stream;

protected:
    checked<std::size_t> unpack(char* into, std::size_t max) override {
        if (!state_) {
            state_.reset(::ZSTD_createDCtx());
            if (!state_) throw std::bad_alloc();
            ::ZSTD_DCtx_setParameter(state_.get(), ZSTD_d_windowLogMax, zstd_window_log_max);
        }
        ZSTD_outBuffer out{into, max, 0};
        while (out.pos < out.size) {
            if (from_.pos == from_.size) {
                const auto more = refill();
                if (!more) return more.error();
                from_ = {in_.data(), filled_, 0};
                if (!*more && wanted_ != 0 && out.pos == 0) return damaged("zstd", "are cut off");
                if (!*more) break;
            }
            wanted_ = ::ZSTD_decompressStream(state_.get(), &out, &from_);
            if (::ZSTD_isError(wanted_) == 0) continue;
            if (::ZSTD_getErrorCode(wanted_) == ZSTD_error_frameParameter_windowTooLarge) {
                return wrong(fmt::format(
                    "{}: needs more than 8 MiB of memory to unpack: pack it with zstd -19 or less", name_
                ));
            }
            return damaged("zstd", fmt::format("are damaged ({})", ::ZSTD_getErrorName(wanted_)));
        }
        return out.pos;
    }

private:
    struct free_state {
        void operator()(ZSTD_DCtx* state) const { ::ZSTD_freeDCtx(state); }
    };
    std::unique_ptr<ZSTD_DCtx, free_state> state_;
    ZSTD_inBuffer from_{nullptr, 0, 0};
    std::size_t wanted_{0};  // 0: a frame has ended
};

}  // namespace

std::unique_ptr<byte_stream> stream_of(std::string_view text) {
    return std::make_unique<text_stream>(text);
}

checked<std::unique_ptr<byte_stream>> open_stream(
    const std::filesystem::path& path, std::string name, std::uint64_t unpacked_max_bytes, read_meter& meter
) {
    auto file = std::make_unique<file_stream>(path, meter);
    const auto head = file->peek(4);
    if (head.starts_with("\x1f\x8b")) {
        return std::unique_ptr<byte_stream>(
            std::make_unique<gzip_stream>(std::move(file), std::move(name), unpacked_max_bytes)
        );
    }
    if (head == "\x28\xb5\x2f\xfd") {
        return std::unique_ptr<byte_stream>(
            std::make_unique<zstd_stream>(std::move(file), std::move(name), unpacked_max_bytes)
        );
    }
    return std::unique_ptr<byte_stream>(std::move(file));
}

}  // namespace esm::tasks::data
