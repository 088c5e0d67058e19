// See postgres_parameters.hpp. Binary arrays as array_recv of PostgreSQL 15 reads them: the number of
// dimensions, whether there are nulls, the element type's OID, each dimension's size and first index, then
// each element's length (-1: null) and bytes; all numbers big-endian.
#include "platform/db/postgres_parameters.hpp"

#include <boost/endian/conversion.hpp>
#include <charconv>
#include <cmath>

namespace esm::db {

namespace {

constexpr std::size_t kept_bytes_max = 1024 * 1024;
// pg_type.dat: what `::bigint[]` and `::text[]` hold.
constexpr std::int32_t int8_oid = 20;
constexpr std::int32_t text_oid = 25;

template <class T>
struct element {
    static constexpr std::int32_t oid = std::is_same_v<T, std::string> ? text_oid : int8_oid;
    static constexpr bool nullable = false;
};
template <class T>
struct element<std::optional<T>> {
    static constexpr std::int32_t oid = element<T>::oid;
    static constexpr bool nullable = true;
};

template <class Integer>
void append_big(std::string& to, Integer number) {
    const auto big = boost::endian::native_to_big(number);
    to.append(reinterpret_cast<const char*>(&big), sizeof big);
}

void append_element(std::string& to, std::int64_t number) {
    append_big(to, static_cast<std::int32_t>(sizeof number));
    append_big(to, number);
}

void append_element(std::string& to, const std::string& text) {
    append_big(to, static_cast<std::int32_t>(text.size()));
    to.append(text);
}

template <class T>
void append_element(std::string& to, const std::optional<T>& given) {
    if (given) {
        append_element(to, *given);
    } else {
        append_big(to, std::int32_t{-1});
    }
}

}  // namespace

void postgres_parameters::clear() {
    if (buffer_.capacity() > kept_bytes_max) {
        buffer_ = {};
    } else {
        buffer_.clear();
    }
    offsets_.clear();
    pointers_.clear();
    lengths_.clear();
    formats_.clear();
}

void postgres_parameters::add_direct(const char* text) {
    offsets_.push_back(direct);
    pointers_.push_back(text);
    lengths_.push_back(0);
    formats_.push_back(0);
}

encoded_parameters postgres_parameters::finish() {
    for (std::size_t i = 0; i < offsets_.size(); ++i) {
        if (offsets_[i] != direct) pointers_[i] = buffer_.data() + offsets_[i];
    }
    return {pointers_, lengths_, formats_};
}

void postgres_parameters::open() {
    offsets_.push_back(buffer_.size());
    pointers_.push_back(nullptr);
    lengths_.push_back(0);
    formats_.push_back(0);
}

template <class Number>
void postgres_parameters::add_number(Number number) {
    open();
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    buffer_.append(digits.data(), end);
    buffer_.push_back('\0');
}

template <class List>
void postgres_parameters::add_array(const List& list) {
    using held = element<typename List::value_type>;
    open();
    const auto start = buffer_.size();
    append_big(buffer_, std::int32_t{list.empty() ? 0 : 1});
    append_big(buffer_, std::int32_t{held::nullable});
    append_big(buffer_, held::oid);
    if (!list.empty()) {
        append_big(buffer_, static_cast<std::int32_t>(list.size()));
        append_big(buffer_, std::int32_t{1});
        for (const auto& each : list) append_element(buffer_, each);
    }
    lengths_.back() = static_cast<int>(buffer_.size() - start);
    formats_.back() = 1;
}

encoded_parameters postgres_parameters::encode(std::span<const value> values) {
    clear();
    for (const auto& each : values) {
        std::visit(
            [this](const auto& given) {
                using type = std::decay_t<decltype(given)>;
                if constexpr (std::is_same_v<type, std::monostate>) {
                    add_direct(nullptr);
                } else if constexpr (std::is_same_v<type, bool>) {
                    add_direct(given ? "t" : "f");
                } else if constexpr (std::is_same_v<type, std::string>) {
                    add_direct(given.c_str());
                } else if constexpr (std::is_same_v<type, double>) {
                    if (std::isnan(given)) return add_direct("NaN");
                    add_number(given);
                } else if constexpr (std::is_arithmetic_v<type>) {
                    add_number(given);
                } else {
                    add_array(given);
                }
            },
            each
        );
    }
    return finish();
}

encoded_parameters postgres_parameters::encode(std::span<const column> columns) {
    clear();
    for (const auto& each : columns) {
        std::visit([this](const auto& list) { add_array(list); }, each);
    }
    return finish();
}

}  // namespace esm::db
