// Everything every service holds on one user, as one JSON document in memory: the account and its audit from
// here, the rest from the services that hold it. Never an incomplete one.
#pragma once

#include <string>
#include <vector>

#include "platform/db/database.hpp"
#include "platform/personal_data/export_page.hpp"

namespace esm::users {

// Another service, over gRPC or in the same process.
struct data_holder {
    std::string service;  // "tasks": the document's member, and who is named when it is away
    personal_data::read_page read;
};

class export_user {
public:
    export_user(db::database& database, std::vector<data_holder> holders, std::size_t max_bytes)
        : database_(database), holders_(std::move(holders)), max_bytes_(max_bytes) {}

    // errc::not_found; errc::unavailable names the service that cannot answer; errc::conflict where more is
    // held than max_bytes.
    awaitable<result<std::string>> run(const context& ctx, std::int64_t user_id);

private:
    awaitable<result<void>> append_own(std::string& to, const context& ctx, std::int64_t user_id);
    awaitable<result<void>> append_held(
        std::string& to, const data_holder& by, const context& ctx, std::int64_t user_id
    );
    result<void> check_size(const std::string& document) const;

    db::database& database_;
    const std::vector<data_holder> holders_;
    const std::size_t max_bytes_;
};

}  // namespace esm::users
