// Calls the REST interfaces as the user who logged in with `esm login`; renews the access token by itself.
#pragma once

#include <boost/json.hpp>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "app/http_client.hpp"
#include "app/token_file.hpp"

namespace esm::app {

// Exit statuses of the client commands; 2 is a wrong command line.
enum class client_exit : int { done = 0, refused = 1, not_logged_in = 3, interrupted = 130 };

// Why a client command ends; the message says what to do.
class client_failed : public std::runtime_error {
public:
    client_failed(client_exit status, const std::string& message)
        : std::runtime_error(message), status_(status) {}
    int status() const { return static_cast<int>(status_); }

private:
    client_exit status_;
};

// Runs a command's body; a client_failed becomes its message on standard error and its exit status.
int run_client(const std::function<void()>& body);

// One JSON request to `root` + base path + `path`; an empty token sends none. Never throws for a status.
http_answer send_json(
    std::string_view method,
    const std::string& root,
    std::string_view path,
    const boost::json::object* body,
    const std::string& token,
    const std::vector<std::string>& more_headers = {}
);

// The JSON of a 2xx (null where it has no body). Throws client_failed with the problem's words otherwise.
boost::json::value expect_success(const http_answer& answer, const std::string& root);

enum class api { users, auth, tasks, notifications };

class api_client {
public:
    // Throws client_failed where nobody is logged in.
    api_client();

    boost::json::value call(
        api service,
        std::string_view method,
        std::string_view path,
        const boost::json::object* body = nullptr,
        const std::vector<std::string>& more_headers = {}
    );

    // The same where a refusal is looked into; throws only where nobody is logged in any more.
    http_answer ask(
        api service,
        std::string_view method,
        std::string_view path,
        const boost::json::object* body = nullptr,
        const std::vector<std::string>& more_headers = {}
    );

    // For requests that `call` is not made for, such as streams: the whole URL of a path, an access token
    // that is good for a while, and a new one where the server refused that.
    std::string url(api service, std::string_view path) const;
    // Where the service is, for expect_success.
    const std::string& root(api service) const;
    const std::string& token();
    void renew_token() { renew(); }

private:
    http_answer send_as_user(
        api service,
        std::string_view method,
        std::string_view path,
        const boost::json::object* body,
        const std::vector<std::string>& more_headers
    );
    // A new access token, unless another command got one meanwhile.
    void renew();

    stored_login kept_;
};

// The seconds since the epoch at which a token that lasts `expiresIn` of an answer ends.
std::int64_t end_of_token(const boost::json::object& answer);

// The text of a string, number or list for people; empty for null and what is missing.
std::string shown(const boost::json::object& from, std::string_view name);

// A query parameter, percent-encoded, "?" or "&" before it; nothing for an empty value.
void add_parameter(std::string& path, std::string_view name, std::string_view value);

}  // namespace esm::app
