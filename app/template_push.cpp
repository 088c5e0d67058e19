// See template_push.hpp.
#include "app/template_push.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iostream>
#include <iterator>
#include <regex>

#include "app/terminal.hpp"

namespace esm::app {

namespace bj = boost::json;
namespace fs = std::filesystem;

namespace {

constexpr long not_found = 404;
constexpr long precondition_failed = 412;

struct place {
    std::size_t line{1}, column{1};
    std::string message;
};

std::size_t number(const std::string& digits) {
    std::size_t value = 1;
    std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return value;
}

// "line 3, column 7: …" or "line 3: …"; the beginning where it names no place.
place place_in(const std::string& told) {
    static const std::regex form(R"(line ([0-9]{1,9})(?:, column ([0-9]{1,9}))?: ([^]*))");
    std::smatch found;
    if (!std::regex_match(told, found, form)) return {1, 1, told};
    return {number(found[1]), found[2].matched ? number(found[2]) : 1, found[3]};
}

std::string at(const std::string& file, const place& where) {
    return fmt::format("{}:{}:{}: {}", file, where.line, where.column, where.message);
}

bj::object object_in(const http_answer& answer) {
    boost::system::error_code failure;
    auto content = bj::parse(answer.body, failure);
    if (failure || !content.is_object()) return {};
    return std::move(content.get_object());
}

// Refusals of the texts are told with their place; everything else ends the command.
bool is_about_the_texts(const http_answer& answer) {
    return answer.status == 400 || answer.status == not_found || answer.status == 413 || answer.status == 422;
}

std::string with_unix_line_ends(std::string text) {
    std::size_t at = 0;
    while ((at = text.find("\r\n", at)) != std::string::npos) text.erase(at, 1);
    return text;
}

}  // namespace

std::string template_path(std::string_view event_type, std::string_view channel, std::string_view locale) {
    return fmt::format("/notifications/templates/{}/{}/{}", event_type, channel, locale);
}

std::string read_text_file(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    if (!file) throw client_failed(client_exit::refused, fmt::format("{}: cannot be read", path.string()));
    return text;
}

notifications::part_texts parts_in(const bj::object& shown) {
    notifications::part_texts parts;
    for (const auto& [name, text] : shown.at("parts").as_object()) {
        parts.emplace(std::string(name), with_unix_line_ends(std::string(text.as_string())));
    }
    return parts;
}

bj::object parts_body(const notifications::part_texts& parts) {
    bj::object texts;
    for (const auto& [name, text] : parts) texts[name] = text;
    return {{"parts", std::move(texts)}};
}

std::vector<std::string> channels_of(const std::vector<notifications::file_part>& parts) {
    std::vector<std::string> channels;
    for (const auto& each : parts) {
        if (std::find(channels.begin(), channels.end(), each.channel) == channels.end()) {
            channels.push_back(each.channel);
        }
    }
    return channels;
}

std::vector<std::string> places_of(
    const http_answer& refusal,
    const std::string& file,
    const std::string& channel,
    const std::vector<notifications::file_part>& parts
) {
    constexpr std::string_view of_parts = "/parts/";
    const auto problem = object_in(refusal);
    std::vector<std::string> told;
    if (const auto* fields = problem.if_contains("errors"); fields != nullptr && fields->is_array()) {
        for (const auto& each : fields->get_array()) {
            if (!each.is_object()) continue;
            const auto pointer = shown(each.get_object(), "pointer");
            auto where = place_in(shown(each.get_object(), "message"));
            for (const auto& part : parts) {
                if (part.channel == channel && pointer == fmt::format("{}{}", of_parts, part.name)) {
                    where.line += part.first_line - 1;
                }
            }
            told.push_back(at(file, where));
        }
    }
    if (!told.empty()) return told;
    auto words = shown(problem, "detail");
    if (words.empty()) words = fmt::format("the server answered {}", refusal.status);
    return {at(file, {1, 1, words})};
}

void template_push::read(const fs::path& folder) {
    std::error_code failure;
    std::vector<fs::path> files;
    for (const auto& each : fs::directory_iterator(folder, failure)) {
        if (each.path().extension() == ".mustache") files.push_back(each.path());
    }
    if (failure) {
        const auto why = fmt::format("{}: {}", folder.string(), failure.message());
        throw client_failed(client_exit::refused, why);
    }
    std::sort(files.begin(), files.end());
    for (const auto& each : files) read_file(each);
}

void template_push::read_file(const fs::path& path) {
    const auto name = notifications::parse_file_name(path.filename().string());
    if (!name) {
        problems_.push_back(at(path.string(), {1, 1, name.error().detail}));
        return;
    }
    const auto normal = to_text(*name);
    if (std::find(seen_.begin(), seen_.end(), normal) != seen_.end()) {
        problems_.push_back(at(path.string(), {1, 1, "another file is the same one, but for its case"}));
        return;
    }
    seen_.push_back(normal);
    const auto parts = notifications::parse_template_file(read_text_file(path));
    if (!parts) {
        problems_.push_back(at(path.string(), place_in(parts.error().detail)));
        return;
    }
    for (const auto& channel : channels_of(*parts)) compare({path.string(), channel, *name, *parts, {}});
}

void template_push::compare(change candidate) {
    const auto path = template_path(candidate.name.event_type, candidate.channel, candidate.name.locale);
    const auto mine = notifications::texts_of(candidate.parts, candidate.channel);
    const auto answer = client_.ask(api::notifications, "GET", path);
    if (answer.status != not_found) {
        const auto shown = expect_success(answer, client_.root(api::notifications));
        if (parts_in(shown.as_object().at("template").as_object()) == mine) return;
        const auto tag = answer.headers.find("etag");
        if (tag != answer.headers.end()) candidate.etag = tag->second;
    }
    // All are checked before the first is changed.
    const auto body = parts_body(mine);
    const auto checked = client_.ask(api::notifications, "POST", path + "/preview", &body);
    if (is_about_the_texts(checked)) {
        for (auto& each : places_of(checked, candidate.file, candidate.channel, candidate.parts)) {
            problems_.push_back(std::move(each));
        }
        return;
    }
    expect_success(checked, client_.root(api::notifications));
    changes_.push_back(std::move(candidate));
}

void template_push::show() const {
    for (const auto& each : changes_) {
        std::cout << fmt::format(
            "would change {} {} {}\n", harmless(each.name.event_type), each.channel, each.name.locale
        );
    }
}

void template_push::send() {
    for (const auto& each : changes_) {
        const auto path = template_path(each.name.event_type, each.channel, each.name.locale);
        const auto body = parts_body(notifications::texts_of(each.parts, each.channel));
        std::vector<std::string> headers;
        if (!each.etag.empty()) headers.push_back("If-Match: " + each.etag);
        const auto answer = client_.ask(api::notifications, "PUT", path, &body, headers);
        if (answer.status == precondition_failed) {
            const auto what = each.channel + " was changed by somebody else meanwhile; pull first";
            problems_.push_back(at(each.file, {1, 1, what}));
        } else if (is_about_the_texts(answer)) {
            for (auto& told : places_of(answer, each.file, each.channel, each.parts)) {
                problems_.push_back(std::move(told));
            }
        } else {
            const auto now = expect_success(answer, client_.root(api::notifications));
            const auto version = shown(now.as_object().at("template").as_object(), "version");
            std::cout << fmt::format(
                "changed {} {} {} (version {})\n",
                harmless(each.name.event_type),
                each.channel,
                each.name.locale,
                version
            );
        }
    }
}

}  // namespace esm::app
