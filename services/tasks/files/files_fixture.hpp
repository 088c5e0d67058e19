// What the contract suites of files run on: a scratch database, a store, and the routes of files behind a
// real server, on both databases and both stores.
#pragma once

#include <gmock/gmock.h>

#include <fstream>

#include "platform/files/store_fixture.hpp"
#include "platform/http/test_client.hpp"
#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"
#include "services/tasks/files/artifacts.hpp"
#include "services/tasks/files/routes.hpp"
#include "services/tasks/service.hpp"

namespace esm::tasks {

using files_place = std::tuple<db::dialect, files::driver>;

// "Bearer 1001" is user 1001, "Bearer admin" user 1000 with the scope tasks:admin.
inline awaitable<result<principal>> number_tokens(std::string_view authorization) {
    if (!authorization.starts_with("Bearer ")) co_return fail(errc::unauthenticated);
    authorization.remove_prefix(7);
    principal caller;
    caller.scopes = {"tasks:read", "tasks:write"};
    if (authorization == "admin") {
        caller.user_id = 1000;
        caller.scopes.emplace_back("tasks:admin");
    } else {
        caller.user_id = std::stoll(std::string(authorization));
    }
    co_return caller;
}

class files_fixture : public ::testing::TestWithParam<files_place> {
protected:
    explicit files_fixture(vault_options options = small()) : options_(options) { start(); }
    ~files_fixture() override { stop(); }

    static vault_options small() {
        vault_options options;
        options.file_max_bytes = 20'000'000;
        options.user_max_bytes = 40'000'000;
        return options;
    }

    static deadline soon() { return deadline_in(std::chrono::seconds(30)); }
    db::database& database() { return scratch_.get(); }

    template <class Work>
    auto run(Work work) {
        return runtime_.block_on(work());
    }
    template <class Work>
    auto transact(Work work) {
        return runtime_.block_on(database().transact(soon(), work));
    }

    // The service's part of it ends, as with its process, and begins anew.
    void restart(vault_options options = small()) {
        stop();
        options_ = options;
        start();
    }

    void start() {
        vault_ = std::make_unique<vault>(
            runtime_,
            scratch_.get(),
            files::open_for_test(std::get<1>(GetParam()), folder_.file("store")),
            options_
        );
        files_ = std::make_unique<files_http>(files_http{*vault_, reading_});
        uploads_ = std::make_unique<uploads_http>(uploads_http{*vault_});
        http::router table;
        table.add(file_routes(*files_, *uploads_));
        http::server_options settings;
        settings.service = "tasks";
        server_ =
            std::make_unique<http::server>(runtime_, settings, std::move(table), number_tokens, metrics_());
        server_->start();
    }
    void stop() {
        if (!server_) return;
        run([this]() -> awaitable<bool> {
            co_await server_->stop(deadline_in(std::chrono::milliseconds(100)));
            co_return true;
        });
        server_.reset();
    }
    observe::metrics& metrics_() {
        return *all_metrics_.emplace_back(std::make_unique<observe::metrics>("tasks"));
    }

    static std::string head(
        std::string_view method, std::string_view path, std::string_view user, std::string_view more = {}
    ) {
        return fmt::format(
            "{} /api/v1/eventstreammonitor{} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\n{}\r\n",
            method,
            path,
            user,
            more
        );
    }
    http::testing::raw_reply send(
        std::string_view method,
        std::string_view path,
        std::string_view body = {},
        std::string_view more = {},
        std::string_view user = "1001"
    ) {
        const auto headers = fmt::format("Content-Length: {}\r\n{}", body.size(), more);
        http::testing::raw_client client(server_->port());
        client.send(head(method, path, user, headers));
        client.send(body);
        return client.read(method == "HEAD");
    }
    http::testing::raw_reply get(std::string_view path, std::string_view user = "1001") {
        return send("GET", path, {}, {}, user);
    }
    static boost::json::object member(const http::testing::raw_reply& reply, std::string_view name) {
        return boost::json::parse(reply.body).at(name).as_object();
    }
    static std::int64_t id_in(const http::testing::raw_reply& reply) {
        return member(reply, "file").at("fileId").as_int64();
    }
    std::string content(std::int64_t id, std::string_view user = "1001") {
        return get(fmt::format("/files/{}/content", id), user).body;
    }

    std::int64_t usage(std::int64_t user_id = 1001) {
        return runtime_.block_on(file_rows::usage(database(), user_id, soon()));
    }
    // What the store still holds of keys that are garbage now.
    std::size_t garbage() {
        const auto found = runtime_.block_on(
            file_rows::claim_garbage(database(), now_us() + 2 * 86'400'000'000, now_us(), 1000, soon())
        );
        return found.size();
    }
    void sweep() {
        run([this]() -> awaitable<bool> {
            co_await vault_->sweep();
            co_return true;
        });
    }

    vault_options options_;
    esm::testing::temporary_folder folder_;
    esm::testing::started_runtime runtime_;
    esm::testing::scratch_database scratch_{runtime_, std::get<0>(GetParam()), service::migrations()};
    get_task reading_{runtime_, scratch_.get()};
    std::vector<std::unique_ptr<observe::metrics>> all_metrics_;
    std::unique_ptr<vault> vault_;
    std::unique_ptr<files_http> files_;
    std::unique_ptr<uploads_http> uploads_;
    std::unique_ptr<http::server> server_;
};

inline const auto every_place = ::testing::Combine(
    ::testing::Values(db::dialect::postgres, db::dialect::sqlite),
    ::testing::Values(files::driver::local, files::driver::s3)
);

inline std::string place_name(const ::testing::TestParamInfo<files_place>& each) {
    const auto* database = std::get<0>(each.param) == db::dialect::postgres ? "postgres" : "sqlite";
    return fmt::format("{}_{}", database, files::driver_name(std::get<1>(each.param)));
}

}  // namespace esm::tasks
