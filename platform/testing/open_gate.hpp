// A gate that lets everybody in, for tests of what is behind it.
#pragma once

#include "platform/grpc/gate.hpp"

namespace esm::testing {

inline grpc_server::gate open_gate(async::runtime& runtime) {
    return {runtime, "internal:test", [](std::string_view) -> awaitable<result<principal>> {
                principal anybody;
                anybody.scopes = {"internal:test"};
                co_return anybody;
            }};
}

}  // namespace esm::testing
