// See send_grpc.hpp.
#include "services/notifications/direct/send_grpc.hpp"

#include "platform/base/json_decoder.hpp"
#include "platform/base/random.hpp"
#include "platform/http/idempotency.hpp"
#include "services/notifications/direct/direct_store.hpp"
#include "services/notifications/grpc_messages.hpp"

namespace esm::notifications {

namespace {

namespace proto = ::eventstreammonitor::notifications::v1;

constexpr std::size_t key_max_bytes = 200;

result<new_message> read(const proto::SendRequest& request) {
    if (request.event_type().empty()) {
        own_words given;
        given.channel = request.channel();
        if (request.has_user_id()) given.user_id = request.user_id();
        if (request.has_address()) given.address = request.address();
        given.subject = request.subject();
        given.text = request.text();
        if (request.has_html()) given.html = request.html();
        given.critical = request.critical();
        if (request.has_deliver_at_us()) given.deliver_at = request.deliver_at_us();
        return given;
    }
    imitated_event given{request.event_type(), {}, request.user_id()};
    if (request.fields_json().empty()) return given;
    auto fields = json::parse_object(request.fields_json());
    if (!fields) return fields.error();
    given.fields = std::move(*fields);
    return given;
}

awaitable<result<std::vector<notification>>> send_once(
    const send_grpc& deps, const context& ctx, const proto::SendRequest& request, const new_message& given
) {
    if (request.idempotency_key().size() > key_max_bytes) {
        co_return fail(errc::malformed_request, "idempotency_key: at most 200 characters");
    }
    http::request asked;
    asked.method = "GRPC";
    asked.path = asked.target = "/eventstreammonitor.notifications.v1.NotificationService/Send";
    asked.headers.emplace_back("idempotency-key", request.idempotency_key());
    asked.body = request.SerializeAsString();
    asked.ctx = ctx;
    // The key outlives its stored answer, for the same request alone.
    const auto event_id =
        fmt::format("direct:grpc:{}:{}", request.idempotency_key(), http::fingerprint_of(asked));
    const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
        const auto made = co_await deps.sending.run(tx, ctx.trace, event_id, given);
        if (!made) co_return made.error();
        boost::json::array ids;
        for (const auto& each : *made) ids.push_back(each.notification_id);
        co_return http::json_text_reply(201, boost::json::serialize(ids));
    };
    const auto stored = co_await http::run_once(deps.database, asked, write, "grpc");
    if (!stored) co_return stored.error();
    db::integer_list ids;
    const auto parsed = boost::json::parse(stored->body);
    for (const auto& each : parsed.as_array()) ids.push_back(each.as_int64());
    const auto look = [&](db::transaction& tx) { return direct_store::find_all(tx, ids); };
    co_return co_await deps.database.transact(ctx.until, look);
}

}  // namespace

awaitable<result<void>> send_over_grpc(
    send_grpc deps, const context& ctx, const proto::SendRequest& request, proto::SendResponse& reply
) {
    const auto given = read(request);
    if (!given) co_return given.error();
    auto made = result<std::vector<notification>>(std::vector<notification>());
    if (request.has_idempotency_key()) {
        made = co_await send_once(deps, ctx, request, *given);
    } else {
        const auto event_id = "direct:" + random_hex(16);
        const auto write = [&](db::transaction& tx) {
            return deps.sending.run(tx, ctx.trace, event_id, *given);
        };
        made = co_await deps.database.transact(ctx.until, write);
    }
    if (!made) co_return made.error();
    for (const auto& each : *made) fill(*reply.add_notifications(), each);
    co_return result<void>();
}

}  // namespace esm::notifications
