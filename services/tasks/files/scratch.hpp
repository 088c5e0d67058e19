// Folders of attempts: one each, deleted with it. What a process that was killed left behind is deleted
// later.
#pragma once

#include <filesystem>

namespace esm::tasks {

// A new, empty folder below `root`, which is made where it is missing, for the owner alone.
std::filesystem::path make_scratch(const std::filesystem::path& root);

// Deletes the folders below `root` that no attempt can use any more.
void sweep_scratch(const std::filesystem::path& root);

}  // namespace esm::tasks
