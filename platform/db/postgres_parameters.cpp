// See postgres_parameters.hpp. Array literals: PostgreSQL 15 manual, section 8.15.6.
#include "platform/db/postgres_parameters.hpp"

#include <charconv>
#include <cmath>

namespace esm::db {

namespace {

constexpr std::size_t kept_bytes_max = 1024 * 1024;

template <class Number>
void append_number(std::string& to, Number number) {
    std::array<char, 32> digits;
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    to.append(digits.data(), end);
}

void append_element(std::string& to, std::int64_t number) {
    append_number(to, number);
}

// Texts are often JSON, full of quotes: one pass into room for the worst case.
void append_element(std::string& to, const std::string& text) {
    const auto start = to.size();
    to.resize(start + 2 * text.size() + 2);
    char* out = to.data() + start;
    *out++ = '"';
    for (const char c : text) {
        if (c == '"' || c == '\\') *out++ = '\\';
        *out++ = c;
    }
    *out++ = '"';
    to.resize(static_cast<std::size_t>(out - to.data()));
}

template <class T>
void append_element(std::string& to, const std::optional<T>& element) {
    if (element) {
        append_element(to, *element);
    } else {
        to.append("NULL");
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
}

void postgres_parameters::add_direct(const char* text) {
    offsets_.push_back(direct);
    pointers_.push_back(text);
}

std::span<const char* const> postgres_parameters::finish() {
    for (std::size_t i = 0; i < offsets_.size(); ++i) {
        if (offsets_[i] != direct) pointers_[i] = buffer_.data() + offsets_[i];
    }
    return pointers_;
}

void postgres_parameters::add(std::int64_t number) {
    offsets_.push_back(buffer_.size());
    pointers_.push_back(nullptr);
    append_number(buffer_, number);
    buffer_.push_back('\0');
}

void postgres_parameters::add(double number) {
    if (std::isnan(number)) return add_direct("NaN");
    offsets_.push_back(buffer_.size());
    pointers_.push_back(nullptr);
    append_number(buffer_, number);
    buffer_.push_back('\0');
}

template <class List>
void postgres_parameters::add_array(const List& list) {
    offsets_.push_back(buffer_.size());
    pointers_.push_back(nullptr);
    buffer_.push_back('{');
    bool first = true;
    for (const auto& each : list) {
        if (!first) buffer_.push_back(',');
        first = false;
        append_element(buffer_, each);
    }
    buffer_.push_back('}');
    buffer_.push_back('\0');
}

std::span<const char* const> postgres_parameters::encode(std::span<const value> values) {
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
                } else if constexpr (std::is_arithmetic_v<type>) {
                    add(given);
                } else {
                    add_array(given);
                }
            },
            each
        );
    }
    return finish();
}

std::span<const char* const> postgres_parameters::encode(std::span<const column> columns) {
    clear();
    for (const auto& each : columns) {
        std::visit([this](const auto& list) { add_array(list); }, each);
    }
    return finish();
}

}  // namespace esm::db
