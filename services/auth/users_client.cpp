// See users_client.hpp.
#include "services/auth/users_client.hpp"

#include "eventstreammonitor/users/v1/users.grpc.pb.h"
#include "platform/grpc/client.hpp"

namespace esm::auth {

namespace {

namespace proto = ::eventstreammonitor::users::v1;

boost::json::object profile_of(const proto::User& user) {
    boost::json::object profile{
        {"userId", user.user_id()},
        {"username", user.username()},
        {"email", user.email()},
        {"firstName", user.first_name()},
        {"lastName", user.last_name()},
        {"dateOfBirth", nullptr},
        {"phone", nullptr},
        {"locale", nullptr},
        {"emailVerified", user.email_verified()},
        {"roles", boost::json::array(user.roles().begin(), user.roles().end())},
        {"createdAt", format_instant(user.created_at_us())},
        {"updatedAt", format_instant(user.updated_at_us())},
    };
    if (user.has_date_of_birth()) profile["dateOfBirth"] = user.date_of_birth();
    if (user.has_phone()) profile["phone"] = user.phone();
    if (!user.locale().empty()) profile["locale"] = user.locale();
    return profile;
}

class users_client final : public credential_check {
public:
    explicit users_client(grpc_client::peer users)
        : users_(std::move(users)), stub_(proto::UserService::NewStub(users_.channel)) {}

    awaitable<result<identity>> check(const context& ctx, std::string identifier, std::string password)
        override {
        proto::ValidateCredentialsRequest request;
        request.set_identifier(std::move(identifier));
        request.set_password(std::move(password));
        const auto reply = co_await grpc_client::call<proto::ValidateCredentialsResponse>(
            users_,
            ctx,
            [&](auto* call, auto* into, auto done) {
                stub_->async()->ValidateCredentials(call, &request, into, std::move(done));
            }
        );
        if (!reply) co_return reply.error();
        const auto& user = reply->user();
        identity found{user.user_id(), user.username(), {}, profile_of(user)};
        found.roles.assign(user.roles().begin(), user.roles().end());
        found.credential_epoch = user.credential_epoch();
        co_return found;
    }

    awaitable<bool> is_ready(deadline) override {
        co_return users_.channel->GetState(true) == GRPC_CHANNEL_READY;
    }

private:
    grpc_client::peer users_;
    std::unique_ptr<proto::UserService::Stub> stub_;
};

}  // namespace

std::unique_ptr<credential_check> connect_users(grpc_client::peer users) {
    return std::make_unique<users_client>(std::move(users));
}

}  // namespace esm::auth
