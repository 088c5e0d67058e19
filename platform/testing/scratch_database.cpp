// See scratch_database.hpp. Talks to the servers by itself, blocking, so that a broken driver cannot hide
// here.
#include "platform/testing/scratch_database.hpp"

#include <libpq-fe.h>
#include <spdlog/spdlog.h>
#include <sqlite3.h>

#include <boost/url.hpp>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "platform/base/random.hpp"

namespace esm::testing {

namespace {

using connection = std::unique_ptr<PGconn, decltype(&PQfinish)>;

connection connect(const std::string& url) {
    connection opened(PQconnectdb(url.c_str()), PQfinish);
    if (PQstatus(opened.get()) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(opened.get()));
    return opened;
}

void require_success(PGresult* result, const PGconn* on) {
    const auto status = PQresultStatus(result);
    PQclear(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) throw std::runtime_error(PQerrorMessage(on));
}

std::string server_url() {
    const char* url = std::getenv("ESM_TEST_POSTGRES_URL");
    if (url == nullptr) throw std::runtime_error("ESM_TEST_POSTGRES_URL is not set: ./test sets it");
    return url;
}

void run_on_server(const std::string& text) {
    const auto server = connect(server_url());
    require_success(PQexec(server.get(), text.c_str()), server.get());
}

void prepare_postgres(const connection& on, const db::statement& one) {
    const std::string text(one.postgres);
    try {
        require_success(PQprepare(on.get(), "", text.c_str(), 0, nullptr), on.get());
    } catch (const std::runtime_error& failure) {
        throw std::runtime_error(fmt::format("{}: {}", one.name, failure.what()));
    }
}

void prepare_sqlite(sqlite3* on, const db::statement& one) {
    sqlite3_stmt* prepared = nullptr;
    const auto length = static_cast<int>(one.sqlite.size());
    const int code = sqlite3_prepare_v2(on, one.sqlite.data(), length, &prepared, nullptr);
    sqlite3_finalize(prepared);
    if (code != SQLITE_OK) throw std::runtime_error(fmt::format("{}: {}", one.name, sqlite3_errmsg(on)));
}

}  // namespace

scratch_database::scratch_database(
    async::runtime& runtime,
    db::dialect kind,
    std::vector<db::migration_set> sets,
    unsigned connections_a_shard
)
    : kind_(kind), name_("esm_test_" + random_hex(8)) {
    create();
    try {
        database_ = db::open(runtime, {.url = url_, .connections_a_shard = connections_a_shard});
        runtime.block_on(db::migrate(*database_, sets, deadline_in(std::chrono::seconds(30))));
    } catch (...) {
        drop();
        throw;
    }
}

scratch_database::~scratch_database() {
    drop();
}

void scratch_database::create() {
    if (kind_ == db::dialect::sqlite) {
        const auto folder = std::filesystem::temp_directory_path() / name_;
        std::filesystem::create_directories(folder);
        url_ = fmt::format("sqlite://{}/test.db", folder.string());
        return;
    }
    run_on_server("CREATE DATABASE " + name_);
    boost::urls::url url(server_url());
    url.set_path("/" + name_);
    url_ = url.buffer();
}

void scratch_database::drop() noexcept {
    database_.reset();
    try {
        if (kind_ == db::dialect::sqlite) {
            std::filesystem::remove_all(std::filesystem::temp_directory_path() / name_);
        } else {
            run_on_server("DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)");
        }
    } catch (const std::exception& failure) {
        spdlog::warn("dropping {}: {}", name_, failure.what());
    }
}

void scratch_database::prepare(std::span<const db::statement* const> statements) const {
    if (kind_ == db::dialect::postgres) {
        const auto server = connect(url_);
        for (const auto* each : statements) prepare_postgres(server, *each);
        return;
    }
    sqlite3* file = nullptr;
    sqlite3_open(url_.c_str() + std::string_view("sqlite://").size(), &file);
    const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> closer(file, sqlite3_close);
    for (const auto* each : statements) prepare_sqlite(file, *each);
}

}  // namespace esm::testing
