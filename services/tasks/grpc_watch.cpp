// See grpc_watch.hpp.
#include "services/tasks/grpc_watch.hpp"

#include "services/tasks/grpc_messages.hpp"

namespace esm::tasks {

namespace {

using namespace std::chrono_literals;

// How soon the end of a caller's token ends its stream.
constexpr std::chrono::milliseconds check_every = 500ms;

proto::WatchResponse answer_of(const task& told) {
    proto::WatchResponse answer;
    fill(*answer.mutable_task(), told);
    return answer;
}

// Until the task ends, the client leaves, its token ends or the server stops.
awaitable<result<void>> pass_on(task_watch::handle watched, bool of_one_task, watch_writer& to) {
    to.when_over([held = watched.shared()] { held->interrupt(); });
    for (;;) {
        const auto news = co_await watched->next(check_every);
        if (to.is_over()) co_return fail(errc::unavailable, "the server stops; watch again");
        if (const auto still = co_await to.readmit(); !still) co_return still.error();
        for (const auto& each : news.changes) {
            if (!co_await to.send(answer_of(*each))) co_return result<void>();
            if (of_one_task && is_terminal(each->status)) co_return result<void>();
        }
        if (news.gone) co_return fail(errc::not_found, "the task was deleted");
        if (!news.current) continue;
        proto::WatchResponse answer;
        answer.set_current(true);
        if (!co_await to.send(std::move(answer))) co_return result<void>();
    }
}

}  // namespace

awaitable<result<void>> watch_over_grpc(
    get_task& reading,
    task_watch& watching,
    const context& ctx,
    const proto::WatchRequest& request,
    watch_writer& to
) {
    std::optional<std::int64_t> user;
    if (request.has_user_id()) user = request.user_id();
    if (request.task_id() == 0) {
        if (user.value_or(0) <= 0) {
            co_return invalid_field("/user_id", "required", "must be the user whose tasks are watched");
        }
        std::optional<instant_us> since;
        if (request.has_ended_since_us()) since = request.ended_since_us();
        auto watched = co_await watching.watch_user(*user, since, ctx.until);
        if (!watched) co_return watched.error();
        co_return co_await pass_on(std::move(*watched), false, to);
    }
    const auto found = co_await reading.run(request.task_id(), user, ctx.until);
    if (!found) co_return found.error();
    const bool is_news = !request.has_after_version() || found->version > request.after_version();
    if (is_terminal(found->status)) {
        if (is_news) co_await to.send(answer_of(*found));
        co_return result<void>();
    }
    auto watched = co_await watching.watch_task(*found);
    if (!watched) co_return watched.error();
    if (is_news && !co_await to.send(answer_of(*found))) co_return result<void>();
    co_return co_await pass_on(std::move(*watched), true, to);
}

}  // namespace esm::tasks
