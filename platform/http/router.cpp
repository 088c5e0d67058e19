// See router.hpp. A tree of path segments: a literal child wins over the parameter child, so that
// /tasks/batch and /tasks/{id} can stand side by side.
#include "platform/http/router.hpp"

#include <stdexcept>

namespace esm::http {

struct router::node {
    std::map<std::string, std::shared_ptr<node>, std::less<>> literals;
    std::shared_ptr<node> parameter;
    std::map<std::string, const route*, std::less<>> by_method;
};

struct router::table {
    node root;
    std::deque<route> rows;
};

router::router() : table_(std::make_shared<table>()) {}

const std::deque<route>& router::routes() const {
    return table_->rows;
}

namespace {

constexpr std::size_t segments_max = 16;

// The segments between slashes; nothing when there are too many or the path does not begin with a slash.
std::optional<std::vector<std::string_view>> split(std::string_view path) {
    if (path.empty() || path.front() != '/') return std::nullopt;
    path.remove_prefix(1);
    std::vector<std::string_view> segments;
    while (true) {
        if (segments.size() == segments_max) return std::nullopt;
        const auto slash = path.find('/');
        segments.push_back(path.substr(0, slash));
        if (slash == std::string_view::npos) return segments;
        path.remove_prefix(slash + 1);
    }
}

bool is_parameter(std::string_view segment) {
    return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

std::vector<std::string_view> parameter_names(std::string_view pattern) {
    std::vector<std::string_view> names;
    for (const auto segment : split(pattern).value_or(std::vector<std::string_view>{})) {
        if (is_parameter(segment)) names.push_back(segment.substr(1, segment.size() - 2));
    }
    return names;
}

}  // namespace

void router::add(std::vector<route> rows) {
    for (auto& row : rows) {
        const auto segments = split(row.pattern);
        if (!segments) throw std::logic_error(fmt::format("route {} is no path", row.pattern));
        auto* at = &table_->root;
        for (const auto segment : *segments) {
            auto& next = is_parameter(segment) ? at->parameter : at->literals[std::string(segment)];
            if (!next) next = std::make_shared<node>();
            at = next.get();
        }
        const auto [place, is_new] = at->by_method.try_emplace(std::string(row.method), nullptr);
        if (!is_new) throw std::logic_error(fmt::format("{} {} stands twice", row.method, row.pattern));
        table_->rows.push_back(std::move(row));
        place->second = &table_->rows.back();
    }
}

namespace {

// Depth first with the literal child before the parameter child; the tree is as shallow as the paths.
template <class Node>
const Node* walk(
    const Node& from, std::span<const std::string_view> segments, std::vector<std::string_view>& values
) {
    if (segments.empty()) return from.by_method.empty() ? nullptr : &from;
    const auto literal = from.literals.find(segments.front());
    if (literal != from.literals.end()) {
        if (const auto* found = walk(*literal->second, segments.subspan(1), values)) return found;
    }
    if (!from.parameter || segments.front().empty()) return nullptr;
    values.push_back(segments.front());
    if (const auto* found = walk(*from.parameter, segments.subspan(1), values)) return found;
    values.pop_back();
    return nullptr;
}

template <class Methods>
std::string allow_list(const Methods& by_method) {
    std::string allow;
    for (const auto& [method, row] : by_method) {
        allow += method + ", ";
        if (method == "GET") allow += "HEAD, ";
    }
    return allow + "OPTIONS";
}

}  // namespace

router::match router::find(std::string_view method, std::string_view path) const {
    match answer;
    const auto segments = split(path);
    if (!segments) return answer;
    std::vector<std::string_view> values;
    const auto* found = walk(table_->root, *segments, values);
    if (!found) return answer;
    auto row = found->by_method.find(method);
    if (row == found->by_method.end() && method == "HEAD") row = found->by_method.find("GET");
    if (row == found->by_method.end()) {
        answer.allow = allow_list(found->by_method);
        return answer;
    }
    answer.found = row->second;
    if (values.empty()) return answer;
    const auto names = parameter_names(row->second->pattern);
    for (std::size_t i = 0; i < values.size(); ++i) answer.params.emplace_back(names[i], values[i]);
    return answer;
}

}  // namespace esm::http
