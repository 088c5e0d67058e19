// See shown_once.hpp.
#include "platform/http/shown_once.hpp"

namespace esm::http {

namespace {
constexpr std::string_view seal_purpose = "idempotent-answer";
}

awaitable<result<response>> shown_once::run(
    const request& call, std::function<awaitable<result<response>>(db::transaction& tx)> work
) const {
    const auto sealing = [&](db::transaction& tx) -> awaitable<result<response>> {
        auto reply = co_await work(tx);
        if (reply) reply->body = master_.seal(reply->body, seal_purpose);
        co_return reply;
    };
    auto reply = co_await run_once(database_, call, sealing);
    if (!reply) co_return reply;
    auto body = master_.open(reply->body, seal_purpose);
    if (!body) co_return body.error();
    reply->body = std::move(*body);
    co_return reply;
}

}  // namespace esm::http
