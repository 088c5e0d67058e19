// See json_list.hpp.
#include "services/tasks/json_list.hpp"

namespace esm::tasks {

namespace {

// What is gathered of an item before it is given on.
constexpr std::size_t piece_bytes = 64UL * 1024;

}  // namespace

void json_list::push(std::string_view text) {
    for (const char next : text) {
        // Line ends stand only between tokens: those of texts are escaped.
        if (in_item()) item_ += next == '\n' || next == '\r' ? ' ' : next;
        if (quoted_) {
            push_quoted(next);
        } else {
            push_plain(next);
        }
        if (item_.size() < piece_bytes) continue;
        take_(item_, false);
        item_.clear();
    }
}

void json_list::push_quoted(char next) {
    if (escaped_) {
        escaped_ = false;
    } else if (next == '\\') {
        escaped_ = true;
    } else if (next == '"') {
        quoted_ = false;
        return;
    }
    if (depth_ == 1) key_ += next;  // the last text of the top level: before a list it is the list's name
}

void json_list::push_plain(char next) {
    switch (next) {
        case '"':
            quoted_ = true;
            if (depth_ == 1) key_.clear();
            break;
        case '[':
            if (depth_ == 1) in_list_ = key_ == member_;
            ++depth_;
            break;
        case '{':
            begun_ = true;
            ++depth_;
            if (in_list_ && depth_ == item_depth + 1) item_ = '{';
            break;
        case ']':
            --depth_;
            if (depth_ == 1) in_list_ = false;
            break;
        case '}':
            --depth_;
            if (in_list_ && depth_ == item_depth) {
                take_(item_, true);
                item_.clear();
            }
            break;
        default:
            break;
    }
}

}  // namespace esm::tasks
