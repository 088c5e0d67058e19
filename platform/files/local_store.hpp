// The file store in a folder of this machine: an object is written under partial/, made durable, and renamed
// into a folder named by the first digits of its key.
#pragma once

#include "platform/files/file_store.hpp"

namespace esm::files {

// Makes the folder where it is missing.
std::unique_ptr<file_store> open_local(std::filesystem::path root);

}  // namespace esm::files
