// See time_zone.hpp. Abseil keeps every name that it was ever asked for, unknown ones too (cctz pull request
// 349), and reads any file; hence it is only asked for files of the database.
#include "platform/calendar/time_zone.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <string>

namespace esm::calendar {

namespace {

constexpr std::size_t name_max_bytes = 64;

// Where Abseil looks too.
std::filesystem::path database() {
    const char* folder = std::getenv("TZDIR");
    return folder != nullptr && *folder != '\0' ? folder : "/usr/share/zoneinfo";
}

bool is_zone_name(std::string_view name) {
    if (name.empty() || name.size() > name_max_bytes || name.front() == '/') return false;
    // Copies of the database, one of them with leap seconds, and what the machine is set to.
    for (const auto* other : {"posix/", "right/", "localtime", "posixrules"}) {
        if (name.starts_with(other)) return false;
    }
    return std::all_of(name.begin(), name.end(), [](unsigned char c) {
        return c < 0x80 && (std::isalnum(c) != 0 || c == '/' || c == '_' || c == '-' || c == '+');
    });
}

}  // namespace

result<absl::TimeZone> find_zone(std::string_view name) {
    absl::TimeZone zone;
    if (name == "UTC") return zone;
    std::error_code failure;
    if (is_zone_name(name) && std::filesystem::is_regular_file(database() / name, failure) &&
        absl::LoadTimeZone(std::string(name), &zone)) {
        return zone;
    }
    return fail(
        errc::validation_failed,
        fmt::format("\"{}\" is no time zone of the IANA database, such as Europe/Vienna", name)
    );
}

}  // namespace esm::calendar
