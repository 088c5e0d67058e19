// See local_store.hpp.
#include "platform/files/local_store.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "platform/base/random.hpp"

namespace esm::files {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t key_bytes = 16;
constexpr mode_t file_mode = 0600;

[[noreturn]] void fail_on(const fs::path& path, const char* doing) {
    const int cause = errno;
    const auto code = cause == ENOSPC || cause == EDQUOT ? errc::storage_full : errc::unavailable;
    throw store_failure(code, fmt::format("{}: {}: {}", path.string(), doing, std::strerror(cause)));
}

class descriptor {
public:
    explicit descriptor(int number) : number_(number) {}
    descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    descriptor& operator=(descriptor&&) = delete;
    ~descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    int get() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }

private:
    int number_;
};

// A name in a folder survives a crash once the folder was synced.
void sync_folder(const fs::path& folder) {
    const descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened || ::fsync(opened.get()) != 0) fail_on(folder, "sync");
}

void make_folder(const fs::path& folder) {
    if (::mkdir(folder.c_str(), 0700) == 0) {
        sync_folder(folder.parent_path());
    } else if (errno != EEXIST) {
        fail_on(folder, "create the folder");
    }
}

class local_writer final : public writer {
public:
    // `opened` is locked by this process.
    local_writer(descriptor opened, fs::path partial, fs::path final_path, std::uint64_t bytes, bool kept)
        : file_(std::move(opened)),
          partial_(std::move(partial)),
          final_(std::move(final_path)),
          bytes_(bytes),
          kept_(kept) {}
    ~local_writer() override {
        if (!kept_) ::unlink(partial_.c_str());
    }

    void append(std::string_view bytes) override {
        while (!bytes.empty()) {
            const auto written =
                ::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(bytes_));
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail_on(partial_, "write");
            bytes_ += static_cast<std::uint64_t>(written);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
    }

    std::string suspend() override {
        if (::fdatasync(file_.get()) != 0) fail_on(partial_, "sync");
        if (!std::exchange(kept_, true)) sync_folder(partial_.parent_path());
        return std::to_string(bytes_);
    }

    void finish() override {
        if (finished_) return;
        if (::fsync(file_.get()) != 0) fail_on(partial_, "sync");
        const auto folder = final_.parent_path();
        make_folder(folder.parent_path());
        make_folder(folder);
        if (::rename(partial_.c_str(), final_.c_str()) != 0) fail_on(partial_, "rename");
        sync_folder(folder);
        finished_ = kept_ = true;
    }

private:
    const descriptor file_;
    const fs::path partial_, final_;
    std::uint64_t bytes_;
    bool kept_;  // the partial file outlives this
    bool finished_{false};
};

// The object is whole already: its writer ended between finish() and what was to be stored after it.
class finished_writer final : public writer {
public:
    explicit finished_writer(std::string state) : state_(std::move(state)) {}
    void append(std::string_view bytes) override {
        if (!bytes.empty()) throw store_failure(errc::internal, "the object is whole already");
    }
    std::string suspend() override { return state_; }
    void finish() override {}

private:
    const std::string state_;
};

class local_reader final : public reader {
public:
    local_reader(descriptor opened, fs::path path, std::uint64_t offset, std::uint64_t count)
        : file_(std::move(opened)), path_(std::move(path)), at_(offset), left_(count) {}

    std::string read(std::size_t max_bytes) override {
        std::string bytes(static_cast<std::size_t>(std::min<std::uint64_t>(max_bytes, left_)), '\0');
        if (bytes.empty()) return bytes;
        ssize_t count = 0;
        do {
            count = ::pread(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(at_));
        } while (count < 0 && errno == EINTR);
        if (count < 0) fail_on(path_, "read");
        if (count == 0)
            throw store_failure(errc::internal, path_.string() + ": is shorter than it should be");
        bytes.resize(static_cast<std::size_t>(count));
        at_ += bytes.size();
        left_ -= bytes.size();
        return bytes;
    }

private:
    const descriptor file_;
    const fs::path path_;
    std::uint64_t at_, left_;
};

class local_store final : public file_store {
public:
    explicit local_store(fs::path root) : root_(std::move(root)) {
        std::error_code failure;
        fs::create_directories(root_, failure);
        if (failure) {
            throw store_failure(errc::unavailable, fmt::format("{}: {}", root_.string(), failure.message()));
        }
        make_folder(root_ / "partial");
    }

    std::unique_ptr<writer> create(const std::string& key) override {
        const auto partial = partial_of(key);
        descriptor opened(::open(partial.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, file_mode));
        if (!opened) fail_on(partial, "create");
        if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0) fail_on(partial, "lock");
        return std::make_unique<local_writer>(std::move(opened), partial, path_of(key), 0, false);
    }

    std::unique_ptr<writer> resume(const std::string& key, const std::string& state) override {
        const auto partial = partial_of(key);
        const auto bytes = static_cast<std::uint64_t>(std::stoull(state));
        descriptor opened(::open(partial.c_str(), O_RDWR | O_CLOEXEC));
        if (!opened) {
            if (errno != ENOENT) fail_on(partial, "open");
            return finished(key, state, bytes);
        }
        if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0) return nullptr;
        struct stat held{}, named{};
        if (::fstat(opened.get(), &held) != 0) fail_on(partial, "look at");
        // The one who had the lock may have finished meanwhile.
        if (::stat(partial.c_str(), &named) != 0 || named.st_ino != held.st_ino) {
            return finished(key, state, bytes);
        }
        if (static_cast<std::uint64_t>(held.st_size) < bytes) {
            throw store_failure(errc::internal, partial.string() + ": has lost bytes");
        }
        if (::ftruncate(opened.get(), static_cast<off_t>(bytes)) != 0) fail_on(partial, "cut");
        return std::make_unique<local_writer>(std::move(opened), partial, path_of(key), bytes, true);
    }

    std::unique_ptr<reader> open(const std::string& key, std::uint64_t offset, std::uint64_t count) override {
        const auto path = path_of(key);
        descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
        if (!opened) fail_on(path, "open");
        return std::make_unique<local_reader>(std::move(opened), path, offset, count);
    }

    void remove(const std::string& key) override {
        for (const auto& path : {path_of(key), partial_of(key)}) {
            if (::unlink(path.c_str()) != 0 && errno != ENOENT) fail_on(path, "delete");
        }
    }

    std::optional<fs::path> local_path(const std::string& key) const override { return path_of(key); }

    void check() override {
        const auto probe = root_ / "partial" / ("probe-" + random_hex(8));
        const descriptor opened(::open(probe.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, file_mode));
        if (!opened) fail_on(probe, "create");
        ::unlink(probe.c_str());
    }

private:
    static std::unique_ptr<writer> finished_with(std::string state) {
        return std::make_unique<finished_writer>(std::move(state));
    }

    std::unique_ptr<writer> finished(const std::string& key, const std::string& state, std::uint64_t bytes) {
        std::error_code missing;
        if (fs::file_size(path_of(key), missing) == bytes && !missing) return finished_with(state);
        throw store_failure(errc::internal, partial_of(key).string() + ": is gone");
    }

    fs::path partial_of(const std::string& key) const { return root_ / "partial" / key; }
    fs::path path_of(const std::string& key) const {
        return root_ / key.substr(0, 2) / key.substr(2, 2) / key.substr(4);
    }

    const fs::path root_;
};

}  // namespace

std::string make_key() {
    return random_hex(key_bytes);
}

std::unique_ptr<file_store> open_local(std::filesystem::path root) {
    return std::make_unique<local_store>(std::move(root));
}

}  // namespace esm::files
