// Another service as this one calls it: the channel, and what proves who calls.
#pragma once

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "platform/async/awaitable.hpp"
#include "platform/base/result.hpp"

namespace esm::grpc_client {

// A service token for the next call; errc::unavailable while none can be had.
using token_function = std::function<awaitable<result<std::string>>()>;

// Paths of PEM files; all three or none.
struct tls_files {
    std::string certificate, key, authority;
    bool given() const { return !certificate.empty(); }
};

// Throws std::runtime_error that names the file when it cannot be read.
std::string read_pem(const std::string& path);

struct peer {
    std::shared_ptr<::grpc::Channel> channel;
    token_function token;  // empty where the certificate is proof enough
};

}  // namespace esm::grpc_client
