// See paged_list.hpp.
#include "app/paged_list.hpp"

#include <fmt/format.h>

#include <iostream>

#include "app/terminal.hpp"

namespace esm::app {

namespace bj = boost::json;

namespace {

// Tasks keep it beside what else there is to say of a page.
std::string next_cursor(const bj::object& page) {
    const auto* beside = page.if_contains("pagination");
    return shown(beside != nullptr ? beside->as_object() : page, "nextCursor");
}

}  // namespace

void add_page_options(CLI::App& command, page_options& into) {
    command.add_option("--limit", into.limit, "Items a page, 1 to 500")->type_name("N");
    command.add_option("--cursor", into.cursor, "Go on where a page ended");
    command.add_flag("--all", into.all, "Every page");
    command.add_flag("--json", into.as_json, "As the service answers, one page a line");
}

void print_pages(const listing& what, const page_options& given) {
    auto first_path = what.path;
    add_parameter(first_path, "limit", given.limit);
    api_client client;
    auto cursor = given.cursor;
    for (bool first = true;; first = false) {
        auto path = first_path;
        add_parameter(path, "cursor", cursor);
        const auto answer = client.call(what.service, "GET", path);
        const auto& page = answer.as_object();
        cursor = next_cursor(page);
        if (given.as_json) {
            std::cout << bj::serialize(page) << '\n';
        } else {
            auto rows = what.rows(page.at(what.items).as_array());
            if (first) rows.insert(rows.begin(), what.head);
            print_table(rows);
        }
        if (cursor.empty() || !given.all) break;
    }
    if (!cursor.empty() && !given.as_json) std::cerr << fmt::format("more: --cursor {}, or --all\n", cursor);
}

}  // namespace esm::app
