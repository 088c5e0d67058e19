// See postgres_connection.hpp. Pipeline mode: PostgreSQL 15 manual, section 34.5.
#include "platform/db/postgres_connection.hpp"

#include <sys/socket.h>

#include "platform/db/postgres_control.hpp"

namespace esm::db {

postgres_connection::postgres_connection(
    asio::any_io_executor executor, std::shared_ptr<async::compute_pool> helpers, connection_handle handle
)
    : helpers_(std::move(helpers)), handle_(std::move(handle)), socket_(executor), alarm_(executor) {}

postgres_connection::~postgres_connection() {
    close();
}

void postgres_connection::close() {
    if (!handle_) return;
    if (late_) cancel_on_server();
    alarm_.cancel();
    // The descriptor is libpq's to close.
    if (socket_.is_open()) socket_.release();
    handle_.reset();
}

void postgres_connection::lose(const std::string& why) {
    close();
    throw unavailable(why);
}

const std::string& postgres_connection::prepare(const statement& what) {
    const auto known = prepared_.find(what.postgres);
    if (known != prepared_.end()) return known->second.server_name;
    const auto added =
        prepared_.emplace(std::string(what.postgres), prepared{fmt::format("s{}", ++prepared_count_)}).first;
    const auto& name = added->second.server_name;
    if (PQsendPrepare(handle_.get(), name.c_str(), added->first.c_str(), 0, nullptr) != 1) {
        lose(connection_message(handle_.get()));
    }
    steps_.push_back({what.name, &added->first});
    return name;
}

void postgres_connection::send(const statement& what, const encoded_parameters& given) {
    if (!handle_) throw unavailable("the database connection is closed");
    const auto& name = prepare(what);
    const auto count = static_cast<int>(given.values.size());
    const auto sent = PQsendQueryPrepared(
        handle_.get(), name.c_str(), count, given.values.data(), given.lengths.data(), given.formats.data(), 0
    );
    if (sent != 1) {
        lose(connection_message(handle_.get()));
    }
    steps_.push_back({what.name, nullptr});
}

void postgres_connection::add(const statement& what, std::span<const value> args) {
    send(what, parameters_.encode(args));
}

void postgres_connection::add_bulk(const statement& what, std::span<const column> columns) {
    send(what, parameters_.encode(columns));
}

awaitable<result_handle> postgres_connection::exchange(deadline until) {
    if (!handle_) throw unavailable("the database connection is closed");
    if (PQpipelineSync(handle_.get()) != 1) lose(connection_message(handle_.get()));
    flush();
    steps_done_ = 0;
    nulls_in_a_row_ = 0;
    failure_ = nullptr;
    last_.reset();
    co_await read_answers(until);
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    co_return std::move(last_);
}

awaitable<void> postgres_connection::read_answers(deadline until) {
    for (bool synced = false; !synced;) {
        while (PQisBusy(handle_.get()) != 0) co_await more_input(until);
        synced = take(result_handle{PQgetResult(handle_.get())});
    }
    for (const auto& each : steps_) {
        // Whatever an aborted pipeline did not prepare is prepared again at its next use.
        if (each.prepares != nullptr) prepared_.erase(*each.prepares);
    }
    steps_.clear();
}

awaitable<void> postgres_connection::catch_up() {
    constexpr std::chrono::seconds grace{1};
    for (auto& each : steps_) each.statement_name = "abandoned";  // their texts may be gone
    bool again = false;
    try {
        co_await read_answers(deadline_in(grace));
    } catch (const unavailable&) {
        again = handle_ != nullptr;
        if (!again) throw;
    }
    if (again) {
        cancel_on_server();
        co_await read_answers(deadline_in(grace));
    }
    late_ = false;
    if (!in_transaction()) co_return;
    add(rollback_statement, {});
    co_await exchange(deadline_in(grace));
}

// Takes one result; true when it was the Sync's. Each step answers one result, and libpq a null after each.
bool postgres_connection::take(result_handle received) {
    if (!received) {
        if (++nulls_in_a_row_ > 1) lose("the database connection is out of step");
        return false;
    }
    nulls_in_a_row_ = 0;
    const auto status = PQresultStatus(received.get());
    if (status == PGRES_PIPELINE_SYNC) return true;
    // An error after the last step is the commit's own, at the Sync.
    step* current = steps_done_ < steps_.size() ? &steps_[steps_done_] : nullptr;
    ++steps_done_;
    if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
        if (current != nullptr && current->prepares != nullptr) {
            current->prepares = nullptr;
        } else {
            last_ = std::move(received);
        }
    } else if (status != PGRES_PIPELINE_ABORTED && !failure_) {
        failure_ = to_failure(current != nullptr ? current->statement_name : "commit", received.get());
        spoiled_ = spoiled_ || spoils_prepared(received.get());
    }
    return false;
}

void postgres_connection::flush() {
    const int left = PQflush(handle_.get());
    if (left < 0) lose(connection_message(handle_.get()));
    if (left > 0) flush_when_writable();
}

// The rest goes out while the exchange already reads: a server that waits for us to read would never read the
// rest.
void postgres_connection::flush_when_writable() {
    socket_.async_wait(asio::posix::stream_descriptor::wait_write, [weak = weak_from_this()](auto failed) {
        const auto self = weak.lock();
        if (failed || !self || !self->handle_) return;
        const int left = PQflush(self->handle_.get());
        if (left > 0) self->flush_when_writable();
        if (left < 0) self->socket_.cancel();
    });
}

awaitable<void> postgres_connection::more_input(deadline until) {
    start_watch(until);
    boost::system::error_code failed;
    co_await socket_.async_wait(
        asio::posix::stream_descriptor::wait_read, asio::redirect_error(asio::use_awaitable, failed)
    );
    waiting_ = false;
    if (!handle_) throw unavailable("the database connection is closed");
    if (failed && timed_out_) {
        // On a busy machine the alarm may come before a look at what is already there.
        if (PQconsumeInput(handle_.get()) == 1 && PQisBusy(handle_.get()) == 0) co_return;
        late_ = true;
        throw unavailable("the deadline passed while the database was at work");
    }
    if (failed) lose(connection_message(handle_.get()));
    if (PQconsumeInput(handle_.get()) != 1) lose(connection_message(handle_.get()));
}

// Asks the server to stop the statement: closing the socket alone would let it run to its end, holding its
// locks.
void postgres_connection::cancel_on_server() {
    const std::shared_ptr<PGcancel> request(PQgetCancel(handle_.get()), PQfreeCancel);
    if (!request) return;
    auto work = [](std::shared_ptr<async::compute_pool> helpers, auto cancel) -> awaitable<void> {
        co_await helpers->run([cancel] {
            std::array<char, 256> message;
            return PQcancel(cancel.get(), message.data(), static_cast<int>(message.size()));
        });
    };
    asio::co_spawn(socket_.get_executor(), work(helpers_, request), asio::detached);
}

void postgres_connection::start_watch(deadline until) {
    wait_until_ = until;
    waiting_ = true;
    timed_out_ = false;
    if (until == deadline::max() || (alarm_set_ && alarm_at_ <= until)) return;
    set_alarm(until);
}

void postgres_connection::set_alarm(deadline at) {
    alarm_set_ = true;
    alarm_at_ = at;
    alarm_.expires_at(at);
    alarm_.async_wait([weak = weak_from_this()](auto cancelled) {
        const auto self = weak.lock();
        if (!cancelled && self && self->handle_) self->on_alarm();
    });
}

void postgres_connection::on_alarm() {
    alarm_set_ = false;
    if (!waiting_ || wait_until_ == deadline::max()) return;
    if (std::chrono::steady_clock::now() < wait_until_) return set_alarm(wait_until_);
    timed_out_ = true;
    socket_.cancel();
}

bool postgres_connection::clean() const {
    return handle_ && !spoiled_ && !late_ && steps_.empty() && PQstatus(handle_.get()) == CONNECTION_OK &&
           PQtransactionStatus(handle_.get()) == PQTRANS_IDLE;
}

bool postgres_connection::in_transaction() const {
    return handle_ && PQtransactionStatus(handle_.get()) != PQTRANS_IDLE;
}

bool postgres_connection::alive_when_idle() {
    if (!handle_) return false;
    // More than one look: a parameter change or a notice may be there; a closing server leaves an error and
    // then the end.
    for (int look = 0; look < 3; ++look) {
        char byte = 0;
        const auto got = ::recv(PQsocket(handle_.get()), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
        if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        if (got == 0 || PQconsumeInput(handle_.get()) != 1) return false;
    }
    return false;
}

awaitable<bool> postgres_connection::readable() {
    start_watch(deadline::max());
    boost::system::error_code failed;
    co_await socket_.async_wait(
        asio::posix::stream_descriptor::wait_read, asio::redirect_error(asio::use_awaitable, failed)
    );
    waiting_ = false;
    co_return !failed;
}

void postgres_connection::interrupt() {
    if (socket_.is_open()) socket_.cancel();
}

std::vector<std::string> postgres_connection::take_notifications() {
    if (!handle_ || PQconsumeInput(handle_.get()) != 1) lose("the listening connection was lost");
    std::vector<std::string> channels;
    while (auto* notice = PQnotifies(handle_.get())) {
        channels.emplace_back(notice->relname);
        PQfreemem(notice);
    }
    return channels;
}

std::string postgres_connection::quoted_identifier(const std::string& name) const {
    char* quoted = PQescapeIdentifier(handle_.get(), name.data(), name.size());
    if (quoted == nullptr) throw unavailable(connection_message(handle_.get()));
    std::string text(quoted);
    PQfreemem(quoted);
    return text;
}

void postgres_connection::watch_loss(std::function<void()> on_loss) {
    watch_ = ++watches_made_;
    socket_.async_wait(
        asio::posix::stream_descriptor::wait_read,
        [weak = weak_from_this(), mine = watch_, on_loss = std::move(on_loss)](auto) mutable {
            const auto self = weak.lock();
            if (!self || self->watch_ != mine) return;
            if (self->alive_when_idle()) return self->watch_loss(std::move(on_loss));
            self->close();
            on_loss();
        }
    );
}

void postgres_connection::unwatch() {
    watch_ = 0;
    interrupt();
}

}  // namespace esm::db
