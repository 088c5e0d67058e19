// See gate.hpp.
#include "platform/grpc/gate.hpp"

#include <fmt/format.h>
#include <grpc/grpc_security_constants.h>

#include <algorithm>

#include "platform/grpc/metadata.hpp"
#include "platform/observe/log.hpp"

namespace esm::grpc_server {

namespace {

std::string_view authorization_of(const ::grpc::CallbackServerContext& call) {
    const auto& metadata = call.client_metadata();
    const auto found = metadata.find(grpc_metadata::authorization);
    if (found == metadata.end()) return {};
    return {found->second.data(), found->second.size()};
}

}  // namespace

bool gate::is_service(const ::grpc::CallbackServerContext& call) const {
    const auto peer = call.auth_context();
    if (!peer || !peer->IsPeerAuthenticated()) return false;
    for (const char* property : {GRPC_X509_CN_PROPERTY_NAME, GRPC_X509_SAN_PROPERTY_NAME}) {
        for (const auto& name : peer->FindPropertyValues(property)) {
            const std::string_view given(name.data(), name.size());
            if (std::find(services_.begin(), services_.end(), given) != services_.end()) return true;
        }
    }
    return false;
}

bool gate::may_enter(const principal& caller) const {
    return std::any_of(scopes_.begin(), scopes_.end(), [&](const auto& each) {
        return caller.has_scope(each);
    });
}

awaitable<result<void>> gate::admit(const ::grpc::CallbackServerContext& call) const {
    if (is_service(call)) co_return result<void>();
    const auto caller = co_await authenticate_(authorization_of(call));
    if (!caller) co_return caller.error();
    if (may_enter(*caller)) co_return result<void>();
    const auto needed = fmt::format("{}", fmt::join(scopes_, " or "));
    observe::log(
        observe::level::warn, "internal call refused", {{"clientId", caller->client_id}, {"scope", needed}}
    );
    co_return fail(errc::forbidden, "an internal method needs the scope " + needed);
}

bool gate::admits_at_once(const ::grpc::CallbackServerContext& call) const {
    if (is_service(call)) return true;
    if (!recognize_) return false;
    const auto caller = recognize_(authorization_of(call));
    return caller && may_enter(*caller);
}

}  // namespace esm::grpc_server
