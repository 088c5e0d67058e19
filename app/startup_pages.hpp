// Gives back the memory that only the start needed. Called by `serve` once, when everything runs.
#pragma once

namespace esm::app {

// Lets go of what the heap has freed, and of the pages of the program and its libraries: the kernel maps
// sixteen around each one that is touched, and most of what starting touches (descriptors, relocations,
// registries) is never looked at again. What is needed comes back from the page cache as it is used.
void release_startup_pages();

}  // namespace esm::app
