// One PostgreSQL connection in libpq's pipeline mode, used by one coroutine at a time on one shard.
// Statements are added to the pipeline and travel together with a Sync at the next exchange; each is prepared
// in the pipeline of its first use.
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/async/compute_pool.hpp"
#include "platform/base/clock.hpp"
#include "platform/db/failure.hpp"
#include "platform/db/postgres_parameters.hpp"
#include "platform/db/postgres_result.hpp"
#include "platform/db/postgres_settings.hpp"
#include "platform/db/statement.hpp"

namespace esm::db {

struct connection_closer {
    void operator()(PGconn* connection) const { PQfinish(connection); }
};
using connection_handle = std::unique_ptr<PGconn, connection_closer>;

class postgres_connection : public std::enable_shared_from_this<postgres_connection> {
public:
    // Connects within the settings' connect_timeout and `until`; throws unavailable. `helpers` looks up host
    // names and sends cancel requests, since libpq does both blocking.
    static awaitable<std::shared_ptr<postgres_connection>> open(
        std::shared_ptr<async::compute_pool> helpers,
        std::shared_ptr<const postgres_settings> settings,
        deadline until
    );
    ~postgres_connection();

    postgres_connection(const postgres_connection&) = delete;
    postgres_connection& operator=(const postgres_connection&) = delete;

    // Adds a statement to the pipeline; nothing is sent yet unless libpq's buffer is full. The name's text
    // must live until the exchange. Throws unavailable when the connection is gone.
    void add(const statement& what, std::span<const value> args);
    void add_bulk(const statement& what, std::span<const column> columns);

    // Sends what was added and a Sync, waits for all of it, and answers the last statement's result. Throws
    // the first failure: query_failed leaves the connection usable. unavailable has closed it, or, when
    // `until` passed, left it late.
    awaitable<result_handle> exchange(deadline until);

    // A deadline passed while the server was at work: catch_up before the next use.
    bool late() const { return late_; }
    // Waits for what the server still owes, cancels it if that takes long, and rolls back. Throws unavailable
    // when the connection is not worth keeping. A new connection would cost a busy server more.
    awaitable<void> catch_up();

    // No statement is under way and no transaction is open: fit to be used by the next one.
    bool clean() const;
    bool in_transaction() const;
    // A look at the socket of an idle connection, without waiting: false when the server has closed it.
    bool alive_when_idle();

    // Waits until the idle connection has something to read. False when interrupted.
    awaitable<bool> readable();
    void interrupt();
    // The channels of the NOTIFY messages that have come. Throws unavailable when the connection is lost.
    std::vector<std::string> take_notifications();
    std::string quoted_identifier(const std::string& name) const;

    // Calls `on_loss` once when the server closes the idle connection; unwatch before using the connection
    // again.
    void watch_loss(std::function<void()> on_loss);
    void unwatch();

    // Closes the socket; the server rolls back what was open.
    void close();

private:
    struct prepared {
        std::string server_name;
    };
    struct step {
        std::string_view statement_name;
        const std::string* prepares{nullptr};  // key of the statement this step prepares; null: executes
    };
    struct text_hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    postgres_connection(
        asio::any_io_executor executor, std::shared_ptr<async::compute_pool> helpers, connection_handle handle
    );

    static awaitable<connection_handle> start(
        std::shared_ptr<async::compute_pool> helpers,
        std::shared_ptr<const postgres_settings> settings,
        deadline until
    );
    awaitable<void> finish_connecting(deadline until);
    const std::string& prepare(const statement& what);
    void send(const statement& what, const encoded_parameters& given);
    void flush();
    void flush_when_writable();
    awaitable<void> read_answers(deadline until);
    awaitable<void> more_input(deadline until);
    bool take(result_handle received);
    [[noreturn]] void lose(const std::string& why);
    void cancel_on_server();
    void start_watch(deadline until);
    void set_alarm(deadline at);
    void on_alarm();

    std::shared_ptr<async::compute_pool> helpers_;
    connection_handle handle_;
    asio::posix::stream_descriptor socket_;
    asio::steady_timer alarm_;  // armed lazily: it goes off at most once a deadline's span, not once a query
    deadline alarm_at_{};
    bool alarm_set_{false};
    deadline wait_until_{};
    bool waiting_{false};
    bool timed_out_{false};
    bool late_{false};
    std::uint64_t watch_{0};  // number of the present watch_loss; 0 or changed: no longer wanted
    std::uint64_t watches_made_{0};

    postgres_parameters parameters_;
    std::unordered_map<std::string, prepared, text_hash, std::equal_to<>> prepared_;
    std::uint64_t prepared_count_{0};
    std::vector<step> steps_;
    std::size_t steps_done_{0};
    int nulls_in_a_row_{0};
    result_handle last_;
    std::exception_ptr failure_;
    bool spoiled_{false};  // its prepared statements no longer fit the server's state
};

}  // namespace esm::db
