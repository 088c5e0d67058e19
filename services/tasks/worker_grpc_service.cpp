// See worker_grpc_service.hpp.
#include "services/tasks/worker_grpc_service.hpp"

#include <algorithm>

#include "eventstreammonitor/tasks/v1/workers.grpc.pb.h"
#include "platform/grpc/server.hpp"
#include "services/tasks/worker_messages.hpp"

namespace esm::tasks {

namespace {

namespace proto = ::eventstreammonitor::tasks::v1;
using reactor = ::grpc::ServerUnaryReactor;
using call_context = ::grpc::CallbackServerContext;

// Under what clients receive at most unless told otherwise (4 MiB), with the largest single task.
constexpr std::size_t answer_max_bytes = 3UL * 1024 * 1024;
// An answer is on its way before the caller's deadline has passed.
constexpr std::chrono::seconds answer_margin{1};

proto::Pulse to_proto(lease::pulse from) {
    if (from == lease::pulse::busy) return proto::PULSE_OK;  // it asks again soon anyway
    return static_cast<proto::Pulse>(static_cast<int>(from) + 1);
}
static_assert(proto::PULSE_OK == static_cast<int>(lease::pulse::ok) + 1);
static_assert(proto::PULSE_CANCEL == static_cast<int>(lease::pulse::cancel) + 1);
static_assert(proto::PULSE_LOST == static_cast<int>(lease::pulse::lost) + 1);

error lease_is_lost(std::int64_t id) {
    return fail(
        errc::lease_lost,
        fmt::format("this token does not hold task {}: its lease has ended or is another worker's", id)
    );
}

template <class Reply>
void fill_pulses(Reply& reply, const std::vector<bool>& held) {
    for (const bool each : held) reply.add_pulses(each ? proto::PULSE_OK : proto::PULSE_LOST);
}

class worker_service final : public proto::WorkerService::CallbackService {
public:
    explicit worker_service(worker_grpc_deps deps) : deps_(deps) {}

    reactor* Lease(call_context* call, const proto::LeaseRequest* request, proto::LeaseResponse* reply)
        override {
        return grpc_server::unary(deps_.callers, call, [this, call, request, reply](const context& ctx) {
            return give(ctx, *call, *request, *reply);
        });
    }

    reactor* Heartbeat(
        call_context* call, const proto::HeartbeatRequest* request, proto::HeartbeatResponse* reply
    ) override {
        return grpc_server::unary(deps_.callers, call, [this, request, reply](const context&) {
            return heartbeat(*request, *reply);
        });
    }

    reactor* Complete(
        call_context* call, const proto::CompleteRequest* request, proto::CompleteResponse* reply
    ) override {
        return grpc_server::unary(
            deps_.callers,
            call,
            [this, request, reply](const context&) -> awaitable<result<void>> {
                auto items = worker_messages::read(*request, deps_.result_max_bytes);
                if (!items) co_return items.error();
                fill_pulses(*reply, co_await deps_.work.finish(std::move(*items)));
                co_return result<void>();
            }
        );
    }

    reactor* Fail(call_context* call, const proto::FailRequest* request, proto::FailResponse* /*reply*/)
        override {
        return grpc_server::unary(
            deps_.callers,
            call,
            [this, request](const context&) -> awaitable<result<void>> {
                auto item = worker_messages::read(*request);
                if (!item) co_return item.error();
                std::vector<finished> items{std::move(*item)};
                const auto held = co_await deps_.work.finish(std::move(items));
                if (!held.front()) co_return lease_is_lost(request->task_id());
                co_return result<void>();
            }
        );
    }

    reactor* AppendLog(
        call_context* call, const proto::AppendLogRequest* request, proto::AppendLogResponse* /*reply*/
    ) override {
        return grpc_server::unary(
            deps_.callers,
            call,
            [this, request](const context&) -> awaitable<result<void>> {
                auto asked = worker_messages::read(*request);
                if (!asked) co_return asked.error();
                const bool held =
                    co_await deps_.work.append_log(asked->id, asked->token, std::move(asked->lines));
                if (!held) co_return lease_is_lost(asked->id);
                co_return result<void>();
            }
        );
    }

    reactor* Release(call_context* call, const proto::ReleaseRequest* request, proto::ReleaseResponse* reply)
        override {
        return grpc_server::unary(
            deps_.callers,
            call,
            [this, request, reply](const context&) -> awaitable<result<void>> {
                auto items = worker_messages::read(*request);
                if (!items) co_return items.error();
                fill_pulses(*reply, co_await deps_.work.release(std::move(*items)));
                co_return result<void>();
            }
        );
    }

private:
    awaitable<result<void>> give(
        const context& ctx,
        call_context& call,
        const proto::LeaseRequest& request,
        proto::LeaseResponse& reply
    ) {
        const auto asked = worker_messages::read(request, deps_.built_in);
        if (!asked) co_return asked.error();
        auto taken = co_await take(*asked, call, ctx.until);
        if (!taken) co_return taken.error();
        std::vector<lease::held> back;
        const bool gone = call.IsCancelled();
        const auto now = now_us();
        std::size_t bytes = 0;
        for (auto& each : *taken) {
            const lease::held held{.id = each.row.id, .token = each.token};
            bytes += each.row.parameters.size();
            const bool fits = reply.tasks_size() == 0 || bytes <= answer_max_bytes;
            if (gone || !fits) {
                back.push_back(held);
            } else {
                worker_messages::fill(*reply.add_tasks(), std::move(each), now);
            }
        }
        reply.set_lease_ms(static_cast<std::int32_t>(deps_.lease.count()));
        if (!back.empty()) co_await deps_.work.release(std::move(back));
        co_return result<void>();
    }

    // What there is, or what comes until the caller has waited long enough or is gone. Looks again every poll
    // besides, for work that nobody announced.
    awaitable<result<std::vector<leased_task>>> take(
        const asked_lease& asked, const call_context& call, deadline call_ends
    ) {
        const auto until = std::min(deadline_in(asked.wait), call_ends - answer_margin);
        for (;;) {
            if (deps_.callers.closing()) {
                co_return fail(errc::unavailable, "the service is stopping: try again");
            }
            auto found = co_await deps_.work.lease(asked.request);
            const auto now = std::chrono::steady_clock::now();
            if (!found.empty() || now >= until || call.IsCancelled()) co_return found;
            co_await deps_.work.work_arrived(asked.request.types, std::min(until, now + deps_.poll));
            if (call.IsCancelled()) co_return std::vector<leased_task>();
        }
    }

    awaitable<result<void>> heartbeat(
        const proto::HeartbeatRequest& request, proto::HeartbeatResponse& reply
    ) {
        auto asked = worker_messages::read(request);
        if (!asked) co_return asked.error();
        const auto signs = asked->items;
        const auto pulses = co_await deps_.work.heartbeat(std::move(asked->items));
        for (std::size_t i = 0; i < pulses.size(); ++i) {
            reply.add_pulses(to_proto(pulses[i]));
            if (asked->messages[i].empty() || pulses[i] == lease::pulse::lost) continue;
            std::vector<log_line> line{{now_us(), log_severity::info, std::move(asked->messages[i])}};
            co_await deps_.work.append_log(signs[i].id, signs[i].token, std::move(line));
        }
        co_return result<void>();
    }

    const worker_grpc_deps deps_;
};

}  // namespace

std::unique_ptr<::grpc::Service> make_worker_grpc_service(worker_grpc_deps deps) {
    return std::make_unique<worker_service>(deps);
}

}  // namespace esm::tasks
