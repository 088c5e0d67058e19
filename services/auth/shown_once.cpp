// See shown_once.hpp.
#include "services/auth/shown_once.hpp"

namespace esm::auth {

namespace {
constexpr std::string_view seal_purpose = "idempotent-answer";
}

awaitable<result<http::response>> shown_once::run(
    const http::request& call, std::function<awaitable<result<http::response>>(db::transaction& tx)> work
) const {
    const auto sealing = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        auto reply = co_await work(tx);
        if (reply) reply->body = master_.seal(reply->body, seal_purpose);
        co_return reply;
    };
    auto reply = co_await http::run_once(database_, call, sealing);
    if (!reply) co_return reply;
    auto body = master_.open(reply->body, seal_purpose);
    if (!body) co_return body.error();
    reply->body = std::move(*body);
    co_return reply;
}

}  // namespace esm::auth
