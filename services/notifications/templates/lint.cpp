// See lint.hpp.
#include "services/notifications/templates/lint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

#include "platform/base/utf8.hpp"
#include "platform/config/nearest.hpp"
#include "services/notifications/templates/lint_names.hpp"
#include "services/notifications/templates/template_file.hpp"
#include "services/notifications/templates/template_tags.hpp"

namespace esm::notifications {

namespace {

constexpr std::size_t problems_max = 100;

bool is_blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// Without the line ends that rendering drops.
std::string_view without_line_end(std::string_view text) {
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    return text;
}

class part_check {
public:
    part_check(const part_rule& rule, std::string_view text) : rule_(rule), text_(text) {}

    std::vector<problem> run(const model_value& model, std::string_view event_type) {
        if (!is_utf8(text_)) {
            tell(1, 1, "the text is not UTF-8");
            return std::move(found_);
        }
        // What is too large is not read either.
        if (!check_size()) return std::move(found_);
        if (is_blank(text_)) {
            tell(1, 1, fmt::format("the {} is empty", rule_.name));
            return std::move(found_);
        }
        check_lines();
        check_tags(model, event_type);
        std::sort(found_.begin(), found_.end(), [](const problem& a, const problem& b) {
            return std::tie(a.line, a.column, a.message) < std::tie(b.line, b.column, b.message);
        });
        return std::move(found_);
    }

private:
    void tell(std::size_t line, std::size_t column, std::string message) {
        found_.push_back({std::string(rule_.name), line, column, std::move(message)});
    }

    bool check_size() {
        const auto characters = count_characters(without_line_end(text_));
        if (rule_.bytes_max > 0 && text_.size() > rule_.bytes_max) {
            tell(
                1,
                1,
                fmt::format("the {} has {} bytes, at most {}", rule_.name, text_.size(), rule_.bytes_max)
            );
        }
        if (rule_.characters_max > 0 && characters > rule_.characters_max) {
            tell(
                1,
                1,
                fmt::format(
                    "the {} has {} characters, at most {}", rule_.name, characters, rule_.characters_max
                )
            );
        }
        return found_.empty();
    }

    void check_lines() {
        auto rest = without_line_end(text_);
        if (rule_.one_line && rest.find_first_of("\r\n") != std::string_view::npos) {
            const auto before = std::string_view(rest).substr(0, rest.find_first_of("\r\n"));
            tell(1, count_characters(before) + 1, fmt::format("the {} has more than one line", rule_.name));
        }
        for (std::size_t line = 1; !rest.empty(); ++line) {
            const auto end = std::min(rest.find('\n'), rest.size());
            if (is_part_heading(rest.substr(0, end))) {
                tell(
                    line,
                    1,
                    "alone on its line this comment begins a part in template files; say it otherwise"
                );
            }
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
    }

    void check_tags(const model_value& model, std::string_view event_type) {
        auto scanned = scan_tags(text_);
        for (auto& each : scanned.problems) tell(each.line, each.column, std::move(each.message));
        // With a tag refused the sections may not be what they look like.
        if (!scanned.problems.empty()) return;
        name_scope names(model, event_type);
        for (const auto& each : scanned.tags) {
            const bool escaped = each.kind != tag_kind::unescaped || !rule_.is_html;
            const bool ours = names.is_ours(each.name);
            auto wrong = names.check(each);
            if (wrong.empty() && !escaped && !ours) {
                wrong = fmt::format(
                    "{0} comes from outside and would stand in the page unescaped; write {{{{{0}}}}}",
                    each.name
                );
            }
            if (!wrong.empty()) tell(each.line, each.column, std::move(wrong));
        }
    }

    const part_rule& rule_;
    std::string_view text_;
    std::vector<problem> found_;
};

void check_names_of_parts(std::string_view channel, const part_texts& parts, std::vector<problem>& found) {
    for (const auto& [name, text] : parts) {
        if (find_part(channel, name) != nullptr) continue;
        std::vector<std::string> known;
        for (const auto& each : parts_of(channel)) known.emplace_back(each.name);
        const auto meant = config::nearest_name(name, known);
        auto message = fmt::format("{} has no part {}; it has {}", channel, name, list_parts(channel));
        if (!meant.empty()) {
            message = fmt::format("{} has no part {}; did you mean {}?", channel, name, meant);
        }
        found.push_back({name, 1, 1, std::move(message)});
    }
}

void collect_names(const model_value& object, const std::string& prefix, std::vector<std::string>& names) {
    for (const auto& each : object.members) {
        const auto name = prefix + each.name;
        if (each.members.empty() || each.is_list) names.push_back(name);
        collect_names(each, name + (each.is_list ? "[]." : "."), names);
    }
}

}  // namespace

std::vector<std::string> names_for_templates(const event_fields& known) {
    std::vector<std::string> names;
    collect_names(model_of(known), {}, names);
    return names;
}

std::vector<problem> lint(std::string_view channel, const part_texts& parts, const event_fields& known) {
    if (parts_of(channel).empty()) return {{{}, 1, 1, fmt::format("there are no templates of {}", channel)}};
    std::vector<problem> found;
    check_names_of_parts(channel, parts, found);
    const auto model = model_of(known);
    for (const auto& rule : parts_of(channel)) {
        const auto given = parts.find(rule.name);
        if (given == parts.end()) {
            found.push_back(
                {std::string(rule.name),
                 1,
                 1,
                 fmt::format("the {} is missing; {} has {}", rule.name, channel, list_parts(channel))}
            );
            continue;
        }
        auto told = part_check(rule, given->second).run(model, known.event_type);
        std::move(told.begin(), told.end(), std::back_inserter(found));
    }
    if (found.size() > problems_max) found.resize(problems_max);
    return found;
}

}  // namespace esm::notifications
