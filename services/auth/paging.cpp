// See paging.hpp.
#include "services/auth/paging.hpp"

namespace esm::auth {

namespace {

// An instant, a blank, an id. Made up ones lead nowhere.
timed_place read_place(std::string_view name) {
    if (name.empty()) return {};
    const auto blank = name.find(' ');
    if (blank == std::string_view::npos) return {0, {}};
    return {parse_instant(name.substr(0, blank)).value_or(0), std::string(name.substr(blank + 1))};
}

}  // namespace

result<timed_page> read_timed_page(const http::request& call, std::string_view list) {
    const auto where = http::read_named_page(call, list);
    if (!where) return where.error();
    return timed_page{where->limit, read_place(where->after_name)};
}

http::response page_reply(
    const http::request& call,
    std::string_view list,
    std::string_view name,
    boost::json::array items,
    const std::optional<timed_place>& next
) {
    std::string cursor;
    if (next)
        cursor = http::make_named_cursor(fmt::format("{} {}", format_instant(next->at), next->id), list);
    return http::page_reply(call, name, std::move(items), cursor);
}

}  // namespace esm::auth
