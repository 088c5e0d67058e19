// See toml_file.hpp. The one file that includes toml++.
#include "platform/config/toml_file.hpp"

#include <fmt/format.h>

#include <optional>

#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

namespace esm::config {

namespace {

std::optional<std::string> scalar_text(const toml::node& node) {
    if (const auto* text = node.as_string()) return text->get();
    if (const auto* number = node.as_integer()) return std::to_string(number->get());
    if (const auto* flag = node.as_boolean()) return flag->get() ? "true" : "false";
    return std::nullopt;
}

std::optional<std::string> list_text(const toml::array& items) {
    std::string joined;
    for (const auto& item : items) {
        const auto text = scalar_text(item);
        if (!text || text->find(',') != std::string::npos) return std::nullopt;
        if (!joined.empty()) joined += ',';
        joined += *text;
    }
    return joined;
}

class reader {
public:
    explicit reader(std::string path) : path_(std::move(path)) {}

    file_content read() {
        const auto parsed = toml::parse_file(path_);
        if (!parsed) {
            const auto& problem = parsed.error();
            const auto line = problem.source().begin.line;
            const std::string where = line == 0 ? path_ : fmt::format("{}, line {}", path_, line);
            content_.problems.push_back(fmt::format("{}: {}", where, problem.description()));
            return std::move(content_);
        }
        for (const auto& [name, node] : parsed.table()) read_section(std::string(name.str()), node);
        return std::move(content_);
    }

private:
    void read_section(const std::string& section, const toml::node& node) {
        const auto* table = node.as_table();
        if (table == nullptr) return refuse(section, node, "stands outside of a section");
        for (const auto& [name, value] : *table) read_value(section + '.' + std::string(name.str()), value);
    }

    void read_value(const std::string& key, const toml::node& node) {
        const auto* items = node.as_array();
        const auto text = items != nullptr ? list_text(*items) : scalar_text(node);
        if (!text && items != nullptr) return refuse(key, node, "may hold plain items without commas only");
        if (!text) return refuse(key, node, "must be a string, an integer, a boolean or a list of them");
        content_.values.push_back({key, *text, items != nullptr, node.source().begin.line});
    }

    void refuse(const std::string& key, const toml::node& node, std::string_view rule) {
        content_.problems.push_back(
            fmt::format("{} (file {}, line {}): {}", key, path_, node.source().begin.line, rule)
        );
    }

    std::string path_;
    file_content content_;
};

}  // namespace

file_content read_toml(const std::string& path) {
    return reader(path).read();
}

}  // namespace esm::config
