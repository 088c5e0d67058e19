// See result.hpp.
#include "platform/base/result.hpp"

#include <fmt/format.h>

namespace esm {

error invalid_field(std::string pointer, std::string code, std::string message) {
    error problem{errc::validation_failed, message, {}, {}};
    problem.fields.push_back({std::move(pointer), std::move(code), std::move(message)});
    return problem;
}

bad_result_access::bad_result_access(const error& cause)
    : text_(fmt::format("value of a failed result: {}: {}", info(cause.code).name, cause.detail)) {}

void throw_exception_from_error(const error& cause, const boost::source_location&) {
    throw bad_result_access(cause);
}

}  // namespace esm
