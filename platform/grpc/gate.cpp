// See gate.hpp.
#include "platform/grpc/gate.hpp"

#include "platform/grpc/metadata.hpp"
#include "platform/observe/log.hpp"

namespace esm::grpc_server {

awaitable<result<void>> gate::admit(const ::grpc::CallbackServerContext& call) const {
    const auto peer = call.auth_context();
    if (peer && peer->IsPeerAuthenticated()) co_return result<void>();
    const auto& metadata = call.client_metadata();
    const auto found = metadata.find(grpc_metadata::authorization);
    std::string_view value;
    if (found != metadata.end()) value = {found->second.data(), found->second.size()};
    const auto caller = co_await authenticate_(value);
    if (!caller) co_return caller.error();
    if (caller->has_scope(scope_)) co_return result<void>();
    observe::log(
        observe::level::warn, "internal call refused", {{"clientId", caller->client_id}, {"scope", scope_}}
    );
    co_return fail(errc::forbidden, "an internal method needs the scope " + scope_);
}

}  // namespace esm::grpc_server
