// See wait_for_task.hpp.
#include "services/tasks/wait_for_task.hpp"

#include "services/tasks/errors.hpp"
#include "services/tasks/http_replies.hpp"

namespace esm::tasks {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds check_every = 500ms;  // how soon the end of a session ends the wait

}  // namespace

wait_for_task::wait_for_task(
    task_watch::handle watched,
    security::caller_check caller,
    std::chrono::milliseconds patience,
    http::response until_then,
    std::string request_id
)
    : watched_(std::move(watched)),
      caller_(std::move(caller)),
      until_(deadline_in(patience)),
      until_then_(std::move(until_then)),
      request_id_(std::move(request_id)) {}

http::response wait_for_task::problem(error cause) const {
    http::request about;
    about.ctx.trace.request_id = request_id_;
    return http::problem_reply(cause, about);
}

awaitable<std::shared_ptr<const http::response>> wait_for_task::instead() {
    http::response answer = std::move(until_then_);
    for (auto now = clock::now(); now < until_ && !stopping_; now = clock::now()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(until_ - now);
        const auto news = co_await watched_->next(std::min(left, check_every));
        // Before anything is told: what happened is no longer this caller's to know.
        if (caller_.is_revoked() || caller_.has_expired()) {
            answer = problem(fail(errc::invalid_token, "the token ended while the request waited"));
            break;
        }
        if (news.gone) {
            answer = problem(fail(errc::not_found, "the task was deleted"));
            break;
        }
        if (news.changes.empty()) continue;
        answer = task_reply(*news.changes.back());
        break;
    }
    co_return std::make_shared<http::response>(std::move(answer));
}

awaitable<std::string> wait_for_task::next() {
    co_return std::string();
}

void wait_for_task::end_soon() {
    stopping_ = true;
    watched_->interrupt();
}

}  // namespace esm::tasks
