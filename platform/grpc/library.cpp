// See library.hpp.
#include "platform/grpc/library.hpp"

#include <grpc/support/log.h>

#include "platform/observe/log.hpp"

namespace esm::grpc_library {

namespace {

observe::level level_of(gpr_log_severity severity) {
    switch (severity) {
        case GPR_LOG_SEVERITY_DEBUG:
            return observe::level::debug;
        case GPR_LOG_SEVERITY_INFO:
            return observe::level::info;
        case GPR_LOG_SEVERITY_ERROR:
            // gRPC calls each refused port and broken connection an error; what matters reaches us as a
            // status.
            return observe::level::warn;
    }
    return observe::level::warn;
}

void write(gpr_log_func_args* line) {
    observe::log(level_of(line->severity), line->message, {{"component", std::string("grpc")}});
}

}  // namespace

void prepare() {
    static const bool prepared = [] {
        gpr_set_log_function(write);
        return true;
    }();
    static_cast<void>(prepared);
}

}  // namespace esm::grpc_library
