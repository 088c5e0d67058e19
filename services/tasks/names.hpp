// The names that people give around tasks: types, queues and tags. Creating refuses others, filters too.
#pragma once

#include <string_view>

namespace esm::tasks {

// 1 to 64 of a-z, 0-9 and _, beginning with a letter.
bool is_type_name(std::string_view name);

// 1 to 64 of a-z, 0-9, _, . and -, beginning with a letter or digit.
bool is_queue_name(std::string_view name);

// 1 to 64 characters. Quotes, backslashes and control characters would make one tag look like another in the
// stored text.
bool is_tag(std::string_view tag);

// A task's name within its batch: 1 to 64 of a-z, A-Z, 0-9, _, . and -.
bool is_ref(std::string_view name);

}  // namespace esm::tasks
