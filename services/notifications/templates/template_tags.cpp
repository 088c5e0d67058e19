// See template_tags.hpp.
#include "services/notifications/templates/template_tags.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "platform/base/utf8.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t nested_max = 8, tags_max = 2000, name_max_bytes = 128;

// What the renderer trims.
constexpr std::string_view blanks = " \t\n\v\f\r";

std::string_view trim(std::string_view text) {
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

bool is_name(std::string_view text) {
    if (text == ".") return true;
    if (text.empty() || text.size() > name_max_bytes || text.front() == '.' || text.back() == '.') {
        return false;
    }
    if (text.find("..") != std::string_view::npos) return false;
    return std::all_of(text.begin(), text.end(), [](char each) {
        return (each >= 'a' && each <= 'z') || (each >= 'A' && each <= 'Z') || (each >= '0' && each <= '9') ||
               each == '_' || each == '.';
    });
}

class scanner {
public:
    explicit scanner(std::string_view source) : source_(source) {}

    scanned_tags run() {
        for (auto start = source_.find("{{"); start != std::string_view::npos;) {
            move_to(start);
            if (found_.tags.size() == tags_max) {
                refuse(fmt::format("a template has at most {} tags", tags_max));
                return std::move(found_);
            }
            const auto end = read_tag(start);
            if (end == std::string_view::npos) return std::move(found_);
            start = source_.find("{{", end);
        }
        for (const auto& open : open_) {
            found_.problems.push_back(
                {open.line, open.column, fmt::format("the section {} is not closed", open.name)}
            );
        }
        return std::move(found_);
    }

private:
    // The place of `at`, counted from the last place asked for.
    void move_to(std::size_t at) {
        const auto passed = source_.substr(place_, at - place_);
        const auto last_line_end = passed.rfind('\n');
        if (last_line_end == std::string_view::npos) {
            column_ += count_characters(passed);
        } else {
            line_ += static_cast<std::size_t>(std::count(passed.begin(), passed.end(), '\n'));
            column_ = 1 + count_characters(passed.substr(last_line_end + 1));
        }
        place_ = at;
    }

    void refuse(std::string message) { found_.problems.push_back({line_, column_, std::move(message)}); }

    // Answers where the tag ends, or npos where nothing ends it.
    std::size_t read_tag(std::size_t start) {
        const bool triple = start + 2 < source_.size() && source_[start + 2] == '{';
        const std::string_view closing = triple ? "}}}" : "}}";
        const auto first = start + (triple ? 3 : 2);
        const auto last = source_.find(closing, first);
        if (last == std::string_view::npos) {
            refuse(fmt::format("the tag is not closed with {}", closing));
            return last;
        }
        const auto content = trim(source_.substr(first, last - first));
        // The renderer looks for a change of delimiters inside three braces too.
        if (content.starts_with('=')) {
            refuse("delimiters cannot be changed");
        } else if (triple) {
            add(tag_kind::unescaped, content);
        } else {
            read_content(content);
        }
        return last + closing.size();
    }

    void read_content(std::string_view content) {
        const auto name = content.empty() ? content : trim(content.substr(1));
        switch (content.empty() ? ' ' : content.front()) {
            case '!':
                found_.tags.push_back({tag_kind::comment, name, line_, column_});
                break;
            case '>':
                refuse(fmt::format("there are no partials: {}", cut_utf8(content, name_max_bytes)));
                break;
            case '&':
                add(tag_kind::unescaped, name);
                break;
            case '#':
                open(tag_kind::section, name);
                break;
            case '^':
                open(tag_kind::inverted, name);
                break;
            case '/':
                close(name);
                break;
            default:
                add(tag_kind::variable, content);
        }
    }

    bool add(tag_kind kind, std::string_view name) {
        if (!is_name(name)) {
            refuse(
                name.empty() ? std::string("the tag names nothing")
                             : fmt::format("\"{}\" is no name", cut_utf8(name, name_max_bytes))
            );
            return false;
        }
        found_.tags.push_back({kind, name, line_, column_});
        return true;
    }

    // Opened even where it is refused, so that its end is not told as a second problem.
    void open(tag_kind kind, std::string_view name) {
        if (open_.size() >= nested_max) {
            refuse(fmt::format("sections are nested at most {} deep", nested_max));
        } else {
            add(kind, name);
        }
        open_.push_back({kind, name, line_, column_});
    }

    void close(std::string_view name) {
        if (open_.empty()) {
            refuse(fmt::format("no section is open that {} could close", name));
            return;
        }
        if (open_.back().name != name) {
            refuse(fmt::format(
                "the section {} of line {} is to be closed first, not {}",
                open_.back().name,
                open_.back().line,
                name
            ));
        } else if (is_name(name) && open_.size() <= nested_max) {
            add(tag_kind::closing, name);
        }
        open_.pop_back();
    }

    std::string_view source_;
    std::size_t place_{0}, line_{1}, column_{1};
    std::vector<tag> open_;
    scanned_tags found_;
};

}  // namespace

scanned_tags scan_tags(std::string_view source) {
    return scanner(source).run();
}

}  // namespace esm::notifications
