// See identity.hpp.
#include "platform/http/identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>

#include "platform/base/random.hpp"

namespace esm::http {

namespace {

constexpr std::size_t request_id_max = 128;

bool is_id_char(char c) {
    const bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    return letter || c == '.' || c == '_' || c == '-';
}

bool is_lower_hex(std::string_view text) {
    return text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

// SplitMix64 (Steele, Lea, Flood 2014) from a random start: request ids need to differ, not to be
// unguessable, and a system call for each would show in the throughput.
std::uint64_t next_random() {
    thread_local std::uint64_t state = std::stoull(random_hex(8), nullptr, 16);
    state += 0x9e3779b97f4a7c15ULL;
    std::uint64_t mixed = state;
    mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebULL;
    return mixed ^ (mixed >> 31U);
}

void append_hex(std::string& to, std::uint64_t number) {
    for (int shift = 60; shift >= 0; shift -= 4) to += "0123456789abcdef"[(number >> shift) & 0xFU];
}

}  // namespace

std::string request_id_of(std::string_view given) {
    const bool usable = !given.empty() && given.size() <= request_id_max &&
                        std::all_of(given.begin(), given.end(), is_id_char);
    if (usable) return std::string(given);
    std::string made;
    made.reserve(32);
    append_hex(made, next_random());
    append_hex(made, next_random());
    return made;
}

bool is_traceparent(std::string_view text) {
    constexpr std::size_t length = 55;
    if (text.size() != length || !text.starts_with("00-") || text[35] != '-' || text[52] != '-') return false;
    const auto trace = text.substr(3, 32);
    const auto parent = text.substr(36, 16);
    const auto is_zero = [](std::string_view part) {
        return part.find_first_not_of('0') == std::string_view::npos;
    };
    return is_lower_hex(trace) && is_lower_hex(parent) && is_lower_hex(text.substr(53)) && !is_zero(trace) &&
           !is_zero(parent);
}

}  // namespace esm::http
