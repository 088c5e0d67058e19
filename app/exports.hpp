// How a service of this process reads what another holds on a user: in this process, or behind gRPC.
#pragma once

#include "app/peers.hpp"
#include "platform/personal_data/export_page.hpp"

namespace esm::app {

// Whether the service is in this process shows at the call, since services are wired one after the other;
// `local` must outlive the function. `connect` makes the way to one that runs apart, where `targets` say
// where.
template <class Host>
personal_data::read_page read_export(
    std::string service,
    Host* const& local,
    const shared_parts& shared,
    const std::vector<std::string>& targets,
    personal_data::read_page (*connect)(grpc_client::peer)
) {
    personal_data::read_page remote;
    if (!targets.empty()) remote = connect(make_peer(shared, targets));
    return [&local, remote = std::move(remote), service = std::move(service)](
               const context& ctx, std::int64_t user_id, std::string cursor
           ) -> awaitable<result<personal_data::export_page>> {
        if (local != nullptr) {
            co_return co_await local->service().export_user(ctx, user_id, std::move(cursor));
        }
        if (remote) co_return co_await remote(ctx, user_id, std::move(cursor));
        co_return fail(errc::unavailable, fmt::format("{}.grpc_targets is not set", service));
    };
}

}  // namespace esm::app
