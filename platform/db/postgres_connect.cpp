// How a postgres_connection comes to be: name look-up on a helper thread, then libpq's non-blocking
// handshake.
#include <boost/asio/steady_timer.hpp>

#include "platform/async/oneshot.hpp"
#include "platform/db/postgres_connection.hpp"
#include "platform/db/sql.hpp"

namespace esm::db {

namespace {

constexpr const char* too_late = "the deadline passed while connecting to the database";

connection_handle start_connecting(const postgres_settings& settings) {
    return connection_handle{
        PQconnectStartParams(settings.keyword_pointers().data(), settings.value_pointers().data(), 0)
    };
}

awaitable<void> start_on_helper(
    std::shared_ptr<async::compute_pool> helpers,
    std::shared_ptr<const postgres_settings> settings,
    async::oneshot<connection_handle> answer
) {
    auto started = co_await helpers->run([settings] { return start_connecting(*settings); });
    if (started) {
        answer.set_value(std::move(*started));
    } else {
        answer.set_exception(std::make_exception_ptr(unavailable("too many connects wait for a name look-up"))
        );
    }
}

}  // namespace

awaitable<connection_handle> postgres_connection::start(
    std::shared_ptr<async::compute_pool> helpers,
    std::shared_ptr<const postgres_settings> settings,
    deadline until
) {
    if (!settings->looks_up_names) co_return start_connecting(*settings);
    const auto executor = co_await asio::this_coro::executor;
    const async::oneshot<connection_handle> answer;
    asio::co_spawn(
        executor, start_on_helper(std::move(helpers), std::move(settings), answer), asio::detached
    );
    asio::steady_timer patience(executor, until);
    patience.async_wait([answer](auto cancelled) {
        if (!cancelled) answer.set_exception(std::make_exception_ptr(unavailable(too_late)));
    });
    co_return co_await answer.get();
}

awaitable<std::shared_ptr<postgres_connection>> postgres_connection::open(
    std::shared_ptr<async::compute_pool> helpers,
    std::shared_ptr<const postgres_settings> settings,
    deadline until
) {
    const auto limit = std::min(until, deadline_in(settings->connect_timeout));
    auto handle = co_await start(helpers, std::move(settings), limit);
    if (!handle) throw unavailable("out of memory while connecting to the database");
    if (PQstatus(handle.get()) == CONNECTION_BAD) throw unavailable(connection_message(handle.get()));
    const auto executor = co_await asio::this_coro::executor;
    const std::shared_ptr<postgres_connection> made(
        new postgres_connection(executor, std::move(helpers), std::move(handle))
    );
    co_await made->finish_connecting(limit);
    made->add(sql::prefer_indexes, {});
    co_await made->exchange(limit);
    co_return made;
}

awaitable<void> postgres_connection::finish_connecting(deadline until) {
    PQsetNoticeProcessor(handle_.get(), [](void*, const char*) {}, nullptr);
    for (auto next = PGRES_POLLING_WRITING; next != PGRES_POLLING_OK; next = PQconnectPoll(handle_.get())) {
        if (next == PGRES_POLLING_FAILED) lose(connection_message(handle_.get()));
        // Each poll may close the socket and open another, so it is ours only while we wait.
        socket_.assign(PQsocket(handle_.get()));
        start_watch(until);
        boost::system::error_code failed;
        co_await socket_.async_wait(
            next == PGRES_POLLING_READING ? asio::posix::stream_descriptor::wait_read
                                          : asio::posix::stream_descriptor::wait_write,
            asio::redirect_error(asio::use_awaitable, failed)
        );
        waiting_ = false;
        if (!handle_) throw unavailable("the database connection is closed");
        socket_.release();
        if (failed) lose(too_late);
    }
    if (PQsetnonblocking(handle_.get(), 1) != 0 || PQenterPipelineMode(handle_.get()) != 1) {
        lose(connection_message(handle_.get()));
    }
    socket_.assign(PQsocket(handle_.get()));
}

}  // namespace esm::db
