// Lists that a service answers page by page, as tables for people or as it answers them.
#pragma once

#include <CLI/CLI.hpp>
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "app/api_client.hpp"

namespace esm::app {

struct page_options {
    std::string limit, cursor;
    bool all{false}, as_json{false};
};

// --limit, --cursor, --all and --json.
void add_page_options(CLI::App& command, page_options& into);

struct listing {
    api service;
    std::string path;   // with its filters
    std::string items;  // the member that holds them
    std::vector<std::string> head;
    std::vector<std::vector<std::string>> (*rows)(const boost::json::array&);
};

// One page, or all of them; where more follow, standard error says how to go on.
void print_pages(const listing& what, const page_options& given);

}  // namespace esm::app
