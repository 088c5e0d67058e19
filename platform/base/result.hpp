// The lane for expected failures: result<T> holds a value or an esm::error whose code is declared in
// contracts/errors.yaml. A broken environment (database gone, file unreadable) throws instead.
#pragma once

#include <boost/system/result.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "platform/base/error_codes.hpp"

namespace esm {

// One offending field: `pointer` is an RFC 6901 JSON pointer into the request body, or the name of a query
// parameter.
struct field_error {
    std::string pointer;
    std::string code;
    std::string message;
};

struct error {
    errc code{errc::internal};
    std::string detail;  // shown to the client: names what is wrong, never a secret or an internal
    std::vector<field_error> fields;
    std::optional<std::chrono::seconds> retry_after;
};

template <class T = void>
using result = boost::system::result<T, error>;

inline error fail(errc code, std::string detail = {}) {
    return error{code, std::move(detail), {}, {}};
}

// The error of one field, as the problem document shows it.
error invalid_field(std::string pointer, std::string code, std::string message);

// Thrown where a caller asks a failed result for its value: always a programming error.
class bad_result_access : public std::exception {
public:
    explicit bad_result_access(const error& cause);
    const char* what() const noexcept override { return text_.c_str(); }

private:
    std::string text_;
};

[[noreturn]] void throw_exception_from_error(const error& cause, const boost::source_location& where);

}  // namespace esm
