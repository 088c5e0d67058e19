// Turns the values of one statement into libpq's parameters: scalars as text, lists as binary arrays, which
// PostgreSQL reads without a look at each character. One a connection; its buffers are used again for every
// statement, so that encoding costs no allocation once warm.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "platform/db/value.hpp"

namespace esm::db {

// As PQsendQueryPrepared takes them.
struct encoded_parameters {
    std::span<const char* const> values;
    std::span<const int> lengths;  // bytes, of the binary ones
    std::span<const int> formats;  // 0 text, 1 binary
};

class postgres_parameters {
public:
    // What it answers stays valid until the next call of encode, as long as `values` does.
    encoded_parameters encode(std::span<const value> values);
    encoded_parameters encode(std::span<const column> columns);

private:
    static constexpr std::size_t direct = ~std::size_t{0};

    void clear();
    void add_direct(const char* text);
    encoded_parameters finish();
    // Each opens a place in the buffer and writes there.
    void open();
    template <class Number>
    void add_number(Number number);
    template <class List>
    void add_array(const List& list);

    std::string buffer_;
    std::vector<std::size_t> offsets_;  // into buffer_, which may move while it grows; or `direct`
    std::vector<const char*> pointers_;
    std::vector<int> lengths_, formats_;
};

}  // namespace esm::db
