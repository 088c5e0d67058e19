// See grpc_service.hpp.
#include "services/users/grpc_service.hpp"

#include "eventstreammonitor/users/v1/users.grpc.pb.h"
#include "platform/grpc/server.hpp"

namespace esm::users {

namespace {

namespace proto = ::eventstreammonitor::users::v1;
using reactor = ::grpc::ServerUnaryReactor;
using call_context = ::grpc::CallbackServerContext;

constexpr int batch_max = 500;

void fill(proto::User& into, const user& from) {
    into.set_user_id(from.user_id);
    into.set_username(from.username);
    into.set_email(from.email);
    into.set_first_name(from.first_name);
    into.set_last_name(from.last_name);
    if (from.date_of_birth) into.set_date_of_birth(*from.date_of_birth);
    if (from.phone) into.set_phone(*from.phone);
    into.set_credential_epoch(from.credential_epoch);
    into.set_state(std::string(to_text(from.state)));
    into.set_email_verified(from.email_verified);
    for (const auto& role : from.roles) into.add_roles(role);
    into.set_locale(from.locale.value_or(""));
    into.set_created_at_us(from.created_at);
    into.set_updated_at_us(from.updated_at);
    into.set_version(from.version);
}

class user_service final : public proto::UserService::CallbackService {
public:
    user_service(const grpc_server::gate& callers, validate_credentials& credentials, db::database& database)
        : callers_(callers), credentials_(credentials), database_(database) {}

    reactor* ValidateCredentials(
        call_context* call,
        const proto::ValidateCredentialsRequest* request,
        proto::ValidateCredentialsResponse* reply
    ) override {
        return grpc_server::unary(
            callers_,
            call,
            [this, request, reply](const context& ctx) -> awaitable<result<void>> {
                const auto found =
                    co_await credentials_.check(ctx, request->identifier(), request->password());
                if (!found) co_return found.error();
                fill(*reply->mutable_user(), *found);
                co_return result<void>();
            }
        );
    }

    reactor* GetUser(call_context* call, const proto::GetUserRequest* request, proto::GetUserResponse* reply)
        override {
        return grpc_server::unary(
            callers_,
            call,
            [this, request, reply](const context& ctx) -> awaitable<result<void>> {
                const auto found = co_await user_store::find(database_, request->user_id(), ctx.until);
                if (!found) co_return fail(errc::not_found, "no user has this id");
                fill(*reply->mutable_user(), *found);
                co_return result<void>();
            }
        );
    }

    reactor* BatchGetUsers(
        call_context* call, const proto::BatchGetUsersRequest* request, proto::BatchGetUsersResponse* reply
    ) override {
        return grpc_server::unary(
            callers_,
            call,
            [this, request, reply](const context& ctx) -> awaitable<result<void>> {
                if (request->user_ids_size() > batch_max) {
                    co_return invalid_field("/user_ids", "max_items", "may hold at most 500 ids");
                }
                std::vector<std::int64_t> ids(request->user_ids().begin(), request->user_ids().end());
                for (const auto& each :
                     co_await user_store::find_many(database_, std::move(ids), ctx.until)) {
                    fill(*reply->add_users(), each);
                }
                co_return result<void>();
            }
        );
    }

private:
    const grpc_server::gate& callers_;
    validate_credentials& credentials_;
    db::database& database_;
};

}  // namespace

std::unique_ptr<::grpc::Service> make_grpc_service(
    const grpc_server::gate& callers, validate_credentials& credentials, db::database& database
) {
    return std::make_unique<user_service>(callers, credentials, database);
}

}  // namespace esm::users
