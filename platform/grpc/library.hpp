// What gRPC itself needs once a process. Private to platform/grpc.
#pragma once

namespace esm::grpc_library {

// Brings gRPC's own messages into our log. Idempotent; before the first channel or server.
void prepare();

}  // namespace esm::grpc_library
