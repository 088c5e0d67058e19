// See postgres_settings.hpp.
#include "platform/db/postgres_settings.hpp"

#include <libpq-fe.h>

#include <boost/asio/ip/address.hpp>

namespace esm::db {

namespace {

bool is_name(const std::string& host) {
    if (host.empty() || host.front() == '/' || host.front() == '@') return false;
    boost::system::error_code failure;
    asio::ip::make_address(host, failure);
    return failure.failed();
}

// `hosts` is a comma list, as libpq takes it.
bool any_name(const std::string& hosts) {
    std::size_t start = 0;
    while (start <= hosts.size()) {
        const auto comma = std::min(hosts.find(',', start), hosts.size());
        if (is_name(hosts.substr(start, comma - start))) return true;
        start = comma + 1;
    }
    return false;
}

}  // namespace

postgres_settings::postgres_settings(const options& from) : connect_timeout(from.connect_timeout) {
    char* message = nullptr;
    PQconninfoOption* parsed = PQconninfoParse(from.url.c_str(), &message);
    PQfreemem(message);
    if (parsed == nullptr) throw std::invalid_argument("the database URL is no valid PostgreSQL URL");
    bool has_address = false;
    for (const auto* each = parsed; each->keyword != nullptr; ++each) {
        if (each->val == nullptr) continue;
        keywords.emplace_back(each->keyword);
        values.emplace_back(each->val);
        has_address = has_address || keywords.back() == "hostaddr";
        if (keywords.back() == "host") looks_up_names = any_name(values.back());
    }
    PQconninfoFree(parsed);
    if (has_address) looks_up_names = false;
    set_default("application_name", from.application_name);
    set_default("client_encoding", "UTF8");
    // A dead peer shows within seconds: unacknowledged data by tcp_user_timeout, silence by keepalives.
    set_default("tcp_user_timeout", "5000");
    set_default("keepalives", "1");
    set_default("keepalives_idle", "5");
    set_default("keepalives_interval", "2");
    set_default("keepalives_count", "3");
}

void postgres_settings::set_default(const char* keyword, std::string value) {
    if (std::find(keywords.begin(), keywords.end(), keyword) != keywords.end()) return;
    keywords.emplace_back(keyword);
    values.push_back(std::move(value));
}

std::vector<const char*> postgres_settings::keyword_pointers() const {
    std::vector<const char*> pointers;
    for (const auto& each : keywords) pointers.push_back(each.c_str());
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<const char*> postgres_settings::value_pointers() const {
    std::vector<const char*> pointers;
    for (const auto& each : values) pointers.push_back(each.c_str());
    pointers.push_back(nullptr);
    return pointers;
}

}  // namespace esm::db
