// Folders of attempts come and go.
#include "services/tasks/files/scratch.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "platform/testing/support.hpp"

namespace esm::tasks {
namespace {

namespace fs = std::filesystem;

TEST(scratch, of_dead_processes_is_swept) {
    const esm::testing::temporary_folder folder;
    const fs::path root = folder.path() + "/scratch";
    const auto dead = make_scratch(root);
    const auto alive = make_scratch(root);
    std::ofstream(dead / "file") << "x";
    fs::create_directory(root / "something-else");
    for (const auto& each : {dead, root / "something-else"}) {
        fs::last_write_time(each, fs::file_time_type::clock::now() - std::chrono::hours(49));
    }
    sweep_scratch(root);
    EXPECT_FALSE(fs::exists(dead));
    EXPECT_TRUE(fs::exists(alive));
    EXPECT_TRUE(fs::exists(root / "something-else"));
    EXPECT_EQ(fs::status(alive).permissions(), fs::perms::owner_all);
    sweep_scratch(root / "missing");
}

}  // namespace
}  // namespace esm::tasks
