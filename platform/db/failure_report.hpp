// What an exception that escaped a handler means to its caller: the one reading of it, for REST and for gRPC.
#pragma once

#include <exception>
#include <string>

#include "platform/base/result.hpp"

namespace esm::db {

struct failure_report {
    // storage_full, unavailable, malformed_request (a text no database can hold), internal for all else
    errc code{errc::internal};
    std::string cause;  // for the logs, never for the caller
};

failure_report report(const std::exception_ptr& failure);

}  // namespace esm::db
