// See token_file.hpp.
#include "app/token_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace esm::app::token_file {

namespace {

namespace bj = boost::json;

constexpr mode_t others = 077;

[[noreturn]] void throw_about(const std::filesystem::path& what) {
    throw std::runtime_error(fmt::format("{}: {}", what.string(), std::strerror(errno)));
}

std::filesystem::path make_folder() {
    auto folder = path().parent_path();
    std::filesystem::create_directories(folder);  // for the owner alone: the umask is 077
    return folder;
}

std::string text_of(const bj::object& from, const char* name) {
    const auto* found = from.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string()) : std::string();
}

void write_all(int file, const std::string& text, const std::filesystem::path& where) {
    std::size_t written = 0;
    while (written < text.size()) {
        const auto count = ::write(file, text.data() + written, text.size() - written);
        if (count < 0) throw_about(where);
        written += static_cast<std::size_t>(count);
    }
    if (::fsync(file) != 0) throw_about(where);
}

}  // namespace

std::filesystem::path path() {
    const char* const config = std::getenv("XDG_CONFIG_HOME");
    if (config != nullptr && *config == '/') return std::filesystem::path(config) / "esm" / "token.json";
    const char* const home = std::getenv("HOME");
    if (home == nullptr || *home == '\0') {
        throw std::runtime_error("set HOME or XDG_CONFIG_HOME: the login is kept below it");
    }
    return std::filesystem::path(home) / ".config" / "esm" / "token.json";
}

std::optional<stored_login> load() {
    const auto where = path();
    struct stat status{};
    if (::stat(where.c_str(), &status) != 0) {
        if (errno == ENOENT) return std::nullopt;
        throw_about(where);
    }
    if ((status.st_mode & others) != 0) {
        throw std::runtime_error(fmt::format("{0}: others may read it; chmod 600 {0}", where.string()));
    }
    std::ostringstream text;
    text << std::ifstream(where).rdbuf();
    boost::system::error_code failure;
    const auto content = bj::parse(text.str(), failure);
    if (failure || !content.is_object()) {
        throw std::runtime_error(fmt::format("{}: is damaged; delete it and log in again", where.string()));
    }
    const auto& from = content.get_object();
    stored_login kept;
    kept.users_url = text_of(from, "usersUrl");
    kept.auth_url = text_of(from, "authUrl");
    kept.tasks_url = text_of(from, "tasksUrl");
    kept.notifications_url = text_of(from, "notificationsUrl");
    kept.username = text_of(from, "username");
    kept.access_token = text_of(from, "accessToken");
    kept.refresh_token = text_of(from, "refreshToken");
    kept.device_token = text_of(from, "deviceToken");
    if (const auto* end = from.if_contains("expiresAt"); end != nullptr && end->is_int64()) {
        kept.expires_at_s = end->get_int64();
    }
    return kept;
}

void save(const stored_login& kept) {
    const bj::object content{
        {"usersUrl", kept.users_url},
        {"authUrl", kept.auth_url},
        {"tasksUrl", kept.tasks_url},
        {"notificationsUrl", kept.notifications_url},
        {"username", kept.username},
        {"accessToken", kept.access_token},
        {"refreshToken", kept.refresh_token},
        {"expiresAt", kept.expires_at_s},
        {"deviceToken", kept.device_token},
    };
    const auto fresh = (make_folder() / fmt::format("token.json.{}", ::getpid())).string();
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file < 0) throw_about(fresh);
    try {
        write_all(file, bj::serialize(content) + "\n", fresh);
    } catch (...) {
        ::close(file);
        ::unlink(fresh.c_str());
        throw;
    }
    ::close(file);
    std::filesystem::rename(fresh, path());
}

lock::lock() {
    const auto where = make_folder() / "token.lock";
    file_ = ::open(where.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (file_ < 0) throw_about(where);
    while (::flock(file_, LOCK_EX) != 0) {
        if (errno == EINTR) continue;
        ::close(file_);
        throw_about(where);
    }
}

lock::~lock() {
    ::close(file_);
}

}  // namespace esm::app::token_file
