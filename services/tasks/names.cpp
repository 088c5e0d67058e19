// See names.hpp.
#include "services/tasks/names.hpp"

#include <algorithm>

#include "platform/base/utf8.hpp"

namespace esm::tasks {

namespace {

constexpr std::size_t name_max_length = 64;

bool is_lower(char each) {
    return each >= 'a' && each <= 'z';
}
bool is_digit(char each) {
    return each >= '0' && each <= '9';
}

}  // namespace

bool is_type_name(std::string_view name) {
    return !name.empty() && name.size() <= name_max_length && is_lower(name.front()) &&
           std::all_of(name.begin(), name.end(), [](char each) {
               return is_lower(each) || is_digit(each) || each == '_';
           });
}

bool is_queue_name(std::string_view name) {
    return !name.empty() && name.size() <= name_max_length &&
           (is_lower(name.front()) || is_digit(name.front())) &&
           std::all_of(name.begin(), name.end(), [](char each) {
               return is_lower(each) || is_digit(each) || each == '_' || each == '.' || each == '-';
           });
}

bool is_tag(std::string_view tag) {
    const auto length = count_characters(tag);
    return length >= 1 && length <= name_max_length && std::none_of(tag.begin(), tag.end(), [](char each) {
               return each == '"' || each == '\\' || static_cast<unsigned char>(each) < 0x20;
           });
}

bool is_ref(std::string_view name) {
    return !name.empty() && name.size() <= name_max_length &&
           std::all_of(name.begin(), name.end(), [](char each) {
               return is_lower(each) || (each >= 'A' && each <= 'Z') || is_digit(each) || each == '_' ||
                      each == '.' || each == '-';
           });
}

}  // namespace esm::tasks
