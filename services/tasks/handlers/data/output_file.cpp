// The file of output.hpp: packed by zlib or libzstd while it is written.
#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cstring>
#include <system_error>

#include "services/tasks/handlers/data/output.hpp"

namespace esm::tasks::data {

namespace {

constexpr std::size_t buffer_bytes = std::size_t{128} << 10U;
constexpr int zstd_level = 3;

class plain_file : public output_file {
public:
    explicit plain_file(scratch_space& space)
        : space_(space), path_(space.new_path("output")), digest_(::EVP_MD_CTX_new()) {
        file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
        if (file_ < 0) throw_errno("open the output");
        if (!digest_ || ::EVP_DigestInit_ex(digest_.get(), ::EVP_sha256(), nullptr) != 1)
            throw std::bad_alloc();
    }
    ~plain_file() override {
        if (file_ >= 0) ::close(file_);
    }

    checked<void> write(std::string_view text) override { return put(text); }
    checked<void> close() override {
        ::EVP_DigestFinal_ex(digest_.get(), hash_, nullptr);
        const int done = ::close(file_);
        file_ = -1;
        if (done != 0) throw_errno("close the output");
        return {};
    }
    const std::filesystem::path& path() const override { return path_; }
    std::uint64_t bytes() const override { return bytes_; }
    std::string sha256() const override {
        std::string hex;
        for (const auto each : hash_) hex += fmt::format("{:02x}", each);
        return hex;
    }

protected:
    // As it is to stand in the file.
    checked<void> put(std::string_view text) {
        if (auto taken = space_.take(text.size()); !taken) return taken;
        ::EVP_DigestUpdate(digest_.get(), text.data(), text.size());
        bytes_ += text.size();
        while (!text.empty()) {
            const auto done = ::write(file_, text.data(), text.size());
            if (done < 0 && errno == EINTR) continue;
            if (done < 0) throw_errno("write the output");
            text.remove_prefix(static_cast<std::size_t>(done));
        }
        return {};
    }

private:
    [[noreturn]] static void throw_errno(const char* what) {
        throw std::system_error(errno, std::generic_category(), what);
    }
    struct free_digest {
        void operator()(EVP_MD_CTX* digest) const { ::EVP_MD_CTX_free(digest); }
    };

    scratch_space& space_;
    const std::filesystem::path path_;
    std::unique_ptr<EVP_MD_CTX, free_digest> digest_;
    int file_{-1};
    std::uint64_t bytes_{0};
    unsigned char hash_[32]{};
};

class gzip_file final : public plain_file {
public:
    explicit gzip_file(scratch_space& space) : plain_file(space), out_(buffer_bytes) {
        constexpr int with_gzip_header = 16 + MAX_WBITS;
        constexpr int memory_level = 8;
        const auto done = ::deflateInit2(
            &state_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, with_gzip_header, memory_level, Z_DEFAULT_STRATEGY
        );
        if (done != Z_OK) throw std::bad_alloc();
    }
    ~gzip_file() override { ::deflateEnd(&state_); }

    checked<void> write(std::string_view text) override { return pack(text, Z_NO_FLUSH); }
    checked<void> close() override {
        if (auto done = pack({}, Z_FINISH); !done) return done;
        return plain_file::close();
    }

private:
    checked<void> pack(std::string_view text, int flush) {
        state_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
        state_.avail_in = static_cast<uInt>(text.size());
        do {
            state_.next_out = reinterpret_cast<Bytef*>(out_.data());
            state_.avail_out = static_cast<uInt>(out_.size());
            ::deflate(&state_, flush);
            if (auto done = put({out_.data(), out_.size() - state_.avail_out}); !done) return done;
        } while (state_.avail_out == 0);
        return {};
    }

    z_stream state_{};
    std::vector<char> out_;
};

class zstd_file final : public plain_file {
public:
    explicit zstd_file(scratch_space& space)
        : plain_file(space), state_(::ZSTD_createCCtx()), out_(buffer_bytes) {
        if (!state_) throw std::bad_alloc();
        ::ZSTD_CCtx_setParameter(state_.get(), ZSTD_c_compressionLevel, zstd_level);
        ::ZSTD_CCtx_setParameter(state_.get(), ZSTD_c_checksumFlag, 1);
    }

    checked<void> write(std::string_view text) override { return pack(text, ZSTD_e_continue); }
    checked<void> close() override {
        if (auto done = pack({}, ZSTD_e_end); !done) return done;
        return plain_file::close();
    }

private:
    checked<void> pack(std::string_view text, ZSTD_EndDirective how) {
        ZSTD_inBuffer in{text.data(), text.size(), 0};
        for (;;) {
            ZSTD_outBuffer out{out_.data(), out_.size(), 0};
            const auto left = ::ZSTD_compressStream2(state_.get(), &out, &in, how);
            if (::ZSTD_isError(left) != 0) throw std::runtime_error(::ZSTD_getErrorName(left));
            if (auto done = put({out_.data(), out.pos}); !done) return done;
            if (how == ZSTD_e_end ? left == 0 : in.pos == in.size) return {};
        }
    }

    struct free_state {
        void operator()(ZSTD_CCtx* state) const { ::ZSTD_freeCCtx(state); }
    };
    std::unique_ptr<ZSTD_CCtx, free_state> state_;
    std::vector<char> out_;
};

}  // namespace

std::unique_ptr<output_file> make_output_file(packing compression, scratch_space& space) {
    switch (compression) {
        case packing::gzip:
            return std::make_unique<gzip_file>(space);
        case packing::zstd:
            return std::make_unique<zstd_file>(space);
        default:
            return std::make_unique<plain_file>(space);
    }
}

}  // namespace esm::tasks::data
