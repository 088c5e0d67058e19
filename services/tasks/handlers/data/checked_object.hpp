// Reads members of one JSON object against the rules of a schema and records what breaks them, each under its
// JSON pointer. Lives while parameters are checked.
#pragma once

#include <boost/json.hpp>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.hpp"

namespace esm::tasks::data {

namespace bj = boost::json;

class checked_object {
public:
    // `given` and `problems` must outlive it.
    checked_object(const bj::object& given, std::string pointer, std::vector<field_error>& problems)
        : given_(given), pointer_(std::move(pointer)), problems_(problems) {}

    // Refuses every member that is none of these.
    void only(std::initializer_list<std::string_view> known);

    // Null where it is absent; a member that is required is then recorded.
    const bj::value* member(std::string_view name, bool required);
    std::string text(std::string_view name, bool required, std::size_t max_length);
    // The choice's place; 0 where it is absent or wrong, which is recorded.
    std::size_t choice(std::string_view name, bool required, std::initializer_list<std::string_view> allowed);
    std::int64_t integer(std::string_view name, std::int64_t minimum, std::int64_t maximum);
    // Null where it is absent, no array or of a wrong size, which is recorded.
    const bj::array* array(
        std::string_view name, bool required, std::size_t items_min, std::size_t items_max
    );
    std::vector<std::string> distinct_texts(
        std::string_view name, std::size_t items_min, std::size_t items_max, std::size_t max_length
    );

    void reject(std::string_view name, std::string code, std::string message);
    std::string pointer_to(std::string_view name) const;
    std::vector<field_error>& problems() { return problems_; }

private:
    const bj::object& given_;
    const std::string pointer_;
    std::vector<field_error>& problems_;
};

}  // namespace esm::tasks::data
