// Turns the values of one statement into libpq's text parameters. One a connection; its buffers are used
// again for every statement, so that encoding costs no allocation once warm.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "platform/db/value.hpp"

namespace esm::db {

class postgres_parameters {
public:
    // The pointers stay valid until the next call of encode, as long as `values` does.
    std::span<const char* const> encode(std::span<const value> values);
    std::span<const char* const> encode(std::span<const column> columns);

private:
    static constexpr std::size_t direct = ~std::size_t{0};

    void clear();
    void add_direct(const char* text);
    std::span<const char* const> finish();
    // Each opens a place in the buffer, writes there, and ends it with NUL.
    void add(std::int64_t number);
    void add(double number);
    template <class List>
    void add_array(const List& list);

    std::string buffer_;
    std::vector<std::size_t> offsets_;  // into buffer_, which may move while it grows; or `direct`
    std::vector<const char*> pointers_;
};

}  // namespace esm::db
