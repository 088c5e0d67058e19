// The file that holds what one event says in one language, on every channel: the form of the shipped texts,
// and of those that people pull, edit and push. Pure; the parsed file owns its texts.
//
// A file is named EVENT_TYPE.LOCALE.mustache. Each part follows a comment that stands alone on its line, such
// as `{{! email.subject }}`, and goes up to the line end before the next one.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.hpp"
#include "services/notifications/templates/parts.hpp"

namespace esm::notifications {

struct file_name {
    std::string event_type;  // task.completed.v1
    std::string locale;      // in its normal case
};

// Of the name alone, without its folder. errc::validation_failed where it is of another form.
result<file_name> parse_file_name(std::string_view name);
std::string to_text(const file_name& shown);

struct file_part {
    std::string channel, name;
    std::string text;
    std::size_t first_line{1};  // of the text in its file: line n of the text is first_line + n - 1 there
};

// errc::validation_failed with the line in its detail: an unknown or repeated part, text before the first
// part, no part at all, or no UTF-8. CRLF is taken as LF.
result<std::vector<file_part>> parse_template_file(std::string_view text);

// What parse_template_file reads as these parts: the very text they were parsed from, where its line ends
// are LF.
std::string write_template_file(const std::vector<file_part>& parts);

// Whether the line would begin a part in a file. No part's own text may have one.
bool is_part_heading(std::string_view line);

// The parts of one channel; empty where the file has none of it.
part_texts texts_of(const std::vector<file_part>& parts, std::string_view channel);

}  // namespace esm::notifications
