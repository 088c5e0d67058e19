// See mailbox_transport.hpp.
#include "services/notifications/mail/mailbox_transport.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>

namespace esm::notifications {

namespace {

void write_whole(const std::string& path, std::string_view content) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int failure = file < 0 ? errno : 0;
    while (failure == 0 && !content.empty()) {
        const auto written = ::write(file, content.data(), content.size());
        if (written < 0 && errno != EINTR) failure = errno;
        if (written > 0) content.remove_prefix(static_cast<std::size_t>(written));
    }
    // The row will say "sent": the mail must survive what the row survives.
    if (failure == 0 && ::fdatasync(file) != 0) failure = errno;
    if (file >= 0) ::close(file);
    if (failure != 0) throw std::system_error(failure, std::generic_category(), path);
}

send_answer store(const std::string& folder, const outgoing_mail& mail) {
    const auto name = fmt::format("{}-{}.eml", mail.created_at, mail.notification_id);
    const auto partial = fmt::format("{}/.{}.{}.partial", folder, name, ::getpid());
    try {
        std::filesystem::create_directories(folder);
        write_whole(partial, mail.content);
        std::filesystem::rename(partial, folder + "/" + name);
    } catch (const std::system_error& failure) {
        std::error_code ignored;
        std::filesystem::remove(partial, ignored);
        return {send_outcome::away, fmt::format("the mailbox folder: {}", failure.what()), {}};
    }
    return {send_outcome::accepted, "stored as " + name, {}};
}

}  // namespace

mailbox_transport::mailbox_transport(std::string folder, std::size_t queue_max)
    : folder_(std::move(folder)), pool_("mailbox", 1, queue_max) {}

awaitable<send_answer> mailbox_transport::send(outgoing_mail mail) {
    auto answer = co_await pool_.run([this, mail = std::move(mail)] { return store(folder_, mail); });
    if (!answer) co_return send_answer{send_outcome::away, answer.error().detail, {}};
    co_return std::move(*answer);
}

}  // namespace esm::notifications
