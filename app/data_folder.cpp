// See data_folder.hpp. The lock is flock(2): the kernel drops it with the process, however that ends.
#include "app/data_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace esm::app {

namespace {

std::string owner_of(int lock) {
    std::array<char, 32> text{};
    const auto length = ::pread(lock, text.data(), text.size() - 1, 0);
    return length > 0 ? fmt::format("process {}", std::string(text.data(), std::strcspn(text.data(), "\n")))
                      : "another process";
}

}  // namespace

data_folder::data_folder(std::string path) : path_(std::filesystem::absolute(path)) {
    std::error_code failure;
    std::filesystem::create_directories(path_, failure);
    if (failure) {
        throw data_folder_unusable(fmt::format(
            "cannot make the data folder {}: {}; choose another with --data DIR", path_, failure.message()
        ));
    }
    lock_ = ::open(file("lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock_ < 0) {
        throw data_folder_unusable(fmt::format(
            "cannot write to the data folder {}: {}; choose another with --data DIR",
            path_,
            std::strerror(errno)
        ));
    }
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
        const auto owner = owner_of(lock_);
        ::close(lock_);
        throw data_folder_unusable(fmt::format(
            "the data folder {} is in use by {}; stop it, or choose another with --data DIR", path_, owner
        ));
    }
    const auto pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(lock_, 0) != 0 || ::pwrite(lock_, pid.data(), pid.size(), 0) < 0) {
        throw data_folder_unusable(fmt::format("cannot write to {}: {}", file("lock"), std::strerror(errno)));
    }
}

data_folder::~data_folder() {
    ::close(lock_);
}

std::string data_folder::file(std::string_view name) const {
    return (std::filesystem::path(path_) / name).string();
}

}  // namespace esm::app
