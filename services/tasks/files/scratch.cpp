// See scratch.hpp.
#include "services/tasks/files/scratch.hpp"

#include "platform/base/random.hpp"

namespace esm::tasks {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "esm-attempt-";
// Twice as long as an attempt may take.
constexpr auto forgotten_after = std::chrono::hours(48);

}  // namespace

fs::path make_scratch(const fs::path& root) {
    fs::create_directories(root);
    auto made = root / (std::string(prefix) + random_hex(8));
    fs::create_directory(made);
    fs::permissions(made, fs::perms::owner_all);
    return made;
}

void sweep_scratch(const fs::path& root) {
    std::error_code ignored;
    const auto before = fs::file_time_type::clock::now() - forgotten_after;
    for (const auto& each : fs::directory_iterator(root, ignored)) {
        if (!each.path().filename().string().starts_with(prefix)) continue;
        const auto changed = each.last_write_time(ignored);
        if (!ignored && changed < before) fs::remove_all(each.path(), ignored);
    }
}

}  // namespace esm::tasks
