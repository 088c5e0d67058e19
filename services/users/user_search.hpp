// Where the accounts that a search asks for stand: pages of ids out of the indexes alone. Stateless. The rows
// themselves are user_store's.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "platform/db/database.hpp"

namespace esm::users::user_search {

struct filter {
    std::string prefix;  // how a username or e-mail address begins, as name_key makes it; empty: any
    std::string role;    // empty: any
    std::string state;   // empty: any
    instant_us created_from{0};
    instant_us created_before{std::numeric_limits<instant_us>::max()};
};

// Index entries that one page looks at, at most: a search that few accounts fit answers short pages rather
// than late ones.
inline constexpr std::int64_t looked_at_max = 1000;

// By name where only the name can narrow the search; newest first everywhere else.
bool is_by_name(const filter& which);

// The last entry of a page; which members count depends on is_by_name.
struct place {
    instant_us created_at{std::numeric_limits<instant_us>::max()};
    std::int64_t user_id{std::numeric_limits<std::int64_t>::max()};
    std::string name;
};

struct found {
    std::vector<std::int64_t> user_ids;
    bool more{false};
    place last;
};

awaitable<found> find(
    db::database& source, const filter& which, const place& after, std::size_t limit, deadline until
);

}  // namespace esm::users::user_search
