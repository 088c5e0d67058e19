// See grpc_service.hpp.
#include "services/tasks/grpc_service.hpp"

#include <charconv>

#include "eventstreammonitor/tasks/v1/tasks.grpc.pb.h"
#include "platform/grpc/server.hpp"
#include "platform/http/idempotency.hpp"
#include "services/tasks/errors.hpp"
#include "services/tasks/export_user.hpp"
#include "services/tasks/grpc_messages.hpp"
#include "services/tasks/grpc_watch.hpp"
#include "services/tasks/list_tasks.hpp"

namespace esm::tasks {

namespace {

using reactor = ::grpc::ServerUnaryReactor;
using call_context = ::grpc::CallbackServerContext;

template <class Request>
std::optional<std::int64_t> visible_to(const Request& request) {
    if (!request.has_user_id()) return std::nullopt;
    return request.user_id();
}

class task_service final : public proto::TaskService::CallbackService {
public:
    explicit task_service(grpc_deps deps) : deps_(deps) {}

    reactor* Create(call_context* call, const proto::CreateRequest* request, proto::CreateResponse* reply)
        override {
        return grpc_server::unary(deps_.callers, call, [this, request, reply](const context& ctx) {
            return create(ctx, *request, *reply);
        });
    }

    reactor* Get(call_context* call, const proto::GetRequest* request, proto::GetResponse* reply) override {
        return grpc_server::unary(
            deps_.callers,
            call,
            [this, request, reply](const context& ctx) -> awaitable<result<void>> {
                const auto found =
                    co_await deps_.reading.run(request->task_id(), visible_to(*request), ctx.until);
                if (!found) co_return found.error();
                fill(*reply->mutable_task(), *found);
                co_return result<void>();
            }
        );
    }

    reactor* List(call_context* call, const proto::ListRequest* request, proto::ListResponse* reply)
        override {
        return grpc_server::unary(
            deps_.callers,
            call,
            [this, request, reply](const context& ctx) -> awaitable<result<void>> {
                const auto which = read_filter(*request);
                if (!which) co_return which.error();
                const auto where = read_page(*request, *which);
                if (!where) co_return where.error();
                const auto page = co_await list_tasks(deps_.database, *which, *where, ctx.until);
                for (const auto& each : page.tasks) fill(*reply->add_tasks(), each);
                reply->set_next_cursor(page.next_cursor);
                co_return result<void>();
            }
        );
    }

    reactor* Cancel(call_context* call, const proto::CancelRequest* request, proto::CancelResponse* reply)
        override {
        return grpc_server::unary(
            deps_.callers,
            call,
            [this, request, reply](const context& ctx) -> awaitable<result<void>> {
                const auto cancelled =
                    co_await deps_.cancelling.run(request->task_id(), visible_to(*request), ctx.until);
                if (!cancelled) co_return cancelled.error();
                fill(*reply->mutable_task(), *cancelled);
                co_return result<void>();
            }
        );
    }

    ::grpc::ServerWriteReactor<proto::WatchResponse>* Watch(
        call_context* call, const proto::WatchRequest* request
    ) override {
        return grpc_server::server_stream<proto::WatchResponse>(
            deps_.callers,
            call,
            [this, request](const context& ctx, watch_writer& to) {
                return watch_over_grpc(deps_.reading, deps_.watching, ctx, *request, to);
            }
        );
    }

    reactor* ExportUser(
        call_context* call, const proto::ExportUserRequest* request, proto::ExportUserResponse* reply
    ) override {
        return grpc_server::unary(
            deps_.callers,
            call,
            [this, request, reply](const context& ctx) -> awaitable<result<void>> {
                auto page =
                    co_await export_user(deps_.database, request->user_id(), request->cursor(), ctx.until);
                if (!page) co_return page.error();
                reply->set_json(std::move(page->json));
                reply->set_next_cursor(std::move(page->next_cursor));
                co_return result<void>();
            }
        );
    }

private:
    awaitable<result<void>> create(
        const context& ctx, const proto::CreateRequest& request, proto::CreateResponse& reply
    ) {
        auto given = read_new_task(request);
        if (!given) co_return given.error();
        auto draft = co_await deps_.creating.prepare(ctx, std::move(*given));
        if (!draft) co_return draft.error();
        if (request.has_idempotency_key())
            co_return co_await create_once(ctx, request, std::move(*draft), reply);
        const auto made = draft->made;
        const auto written = co_await deps_.creating.commit(std::move(*draft), ctx.until);
        if (!written) co_return written.error();
        fill(*reply.mutable_task(), written->existing.value_or(made));
        co_return result<void>();
    }

    // The keys of this method are apart from those of REST; what is stored is the task's id.
    awaitable<result<void>> create_once(
        const context& ctx,
        const proto::CreateRequest& request,
        task_draft draft,
        proto::CreateResponse& reply
    ) {
        http::request asked;
        asked.method = "GRPC";
        asked.path = asked.target = "/eventstreammonitor.tasks.v1.TaskService/Create";
        asked.headers.emplace_back("idempotency-key", request.idempotency_key());
        asked.body = request.SerializeAsString();
        asked.ctx = ctx;
        asked.ctx.caller.emplace().user_id = request.user_id();
        std::vector<task_draft> drafts;
        drafts.push_back(std::move(draft));
        const auto write = [&](db::transaction& tx) -> awaitable<result<http::response>> {
            auto done = co_await deps_.creating.write(tx, drafts);
            auto& written = done.front();
            if (written.refused) co_return std::move(*written.refused);
            const auto& made = written.existing ? *written.existing : drafts.front().made;
            co_return http::json_text_reply(201, std::to_string(made.id));
        };
        const auto stored = co_await http::run_once(deps_.database, asked, write);
        if (!stored) co_return stored.error();
        std::int64_t id = 0;
        const auto* end = stored->body.data() + stored->body.size();
        if (std::from_chars(stored->body.data(), end, id).ec != std::errc{}) co_return fail(errc::internal);
        const auto found = co_await deps_.reading.run(id, request.user_id(), ctx.until);
        if (!found) co_return found.error();
        fill(*reply.mutable_task(), *found);
        co_return result<void>();
    }

    const grpc_deps deps_;
};

}  // namespace

std::unique_ptr<::grpc::Service> make_grpc_service(grpc_deps deps) {
    return std::make_unique<task_service>(deps);
}

}  // namespace esm::tasks
