// The auth service, wired: its user service is in this process, or behind gRPC.
#include "app/embedded_contracts.hpp"
#include "app/peers.hpp"
#include "app/wiring.hpp"
#include "services/auth/users_client.hpp"

namespace esm::app {

namespace {

// The user service of this process behind auth's narrow interface.
class local_users final : public auth::credential_check {
public:
    explicit local_users(users_host& host) : host_(host) {}

    awaitable<result<auth::identity>> check(const context& ctx, std::string identifier, std::string password)
        override {
        auto& credentials = host_.service().credentials();
        auto found = co_await credentials.check(ctx, std::move(identifier), std::move(password));
        if (!found) co_return found.error();
        co_return auth::identity{
            found->user_id, found->username, found->roles, users::to_json(*found), found->credential_epoch
        };
    }

    awaitable<bool> is_ready(deadline until) override { return host_.around().database().is_ready(until); }

private:
    users_host& host_;
};

}  // namespace

auth_parts make_auth_parts(shared_parts& shared, users_host* local) {
    const auto settings = auth::read(shared.values);
    const bool own_file = settings.master_key_file.empty();
    const auto file = own_file ? shared.folder->file("master.key") : settings.master_key_file;
    auth_parts parts{security::master_key::from_file(file, own_file), nullptr};
    if (local != nullptr) {
        parts.users = std::make_unique<local_users>(*local);
    } else {
        const auto targets = users::read(shared.values).grpc_targets;
        if (targets.empty()) {
            throw esm::config::invalid_configuration(
                "users.grpc_targets: the auth service needs the user service's gRPC address, as "
                "ESM_USERS_GRPC_TARGETS=host:5101, or `esm serve users auth` in one process"
            );
        }
        parts.users = auth::connect_users(make_peer(shared, targets));
    }
    return parts;
}

std::unique_ptr<auth_host> wire_auth(shared_parts& shared, auth_parts& parts) {
    const auto settings = auth::read(shared.values);
    auto wired = std::make_unique<auth_host>(
        shared,
        host_options{
            "auth",
            settings.db_url,
            settings.http_port,
            settings.grpc_port,
            embedded::auth_openapi,
            embedded::auth_openapi_json
        },
        settings
    );
    wired->construct(std::make_unique<auth::service>(auth::service_deps{
        shared.runtime,
        wired->around().database(),
        *shared.log,
        wired->around().metrics(),
        wired->settings(),
        wired->around().callers(),
        *parts.users,
        *shared.tokens,
        parts.master,
        shared.revoked
    }));
    return wired;
}

}  // namespace esm::app
