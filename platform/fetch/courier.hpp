// Outgoing HTTP requests with small bodies to providers and to endpoints that strangers named: many at once
// on one thread (libcurl's multi interface), connections kept open. Made once a process part, used from every
// shard.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "platform/async/awaitable.hpp"
#include "platform/fetch/fetch.hpp"

namespace esm::fetch {

struct call {
    std::string method{"POST"};
    std::string url;
    // Content-Type is sent where it stands here. A line break in one makes the call `forbidden`.
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::chrono::milliseconds timeout{10'000};  // for all of it, the wait for its turn too
    // The URL is a stranger's: it leads only where the courier's rules allow, past every proxy. Otherwise it
    // is the operator's own and may lead anywhere.
    bool strangers{false};
};

struct reply {
    enum class kind : std::uint8_t {
        answered,   // whatever the status
        forbidden,  // the call's form or where it leads is not allowed: it will never do
        away,       // no connection, no answer in time, or too many wait already
        stopped     // cut off by `stop`: tells nothing of the other side
    };
    kind how{kind::away};
    std::string text;  // why there is no answer; names no address that the caller did not name
    unsigned status{0};
    std::vector<std::pair<std::string, std::string>> headers;  // names lower case
    std::string body;                                          // at most courier_options::reply_max_bytes
    bool may_have_arrived{false};  // no answer, but the request went out: perhaps it took effect

    // Empty when absent.
    std::string_view header(std::string_view lower_case_name) const;
    // Retry-After of RFC 9110 section 10.2.3, seconds or a date; nothing where there is none. At most a day.
    std::optional<std::chrono::seconds> retry_after() const;
};

// Own and strangers' calls have places of their own, so many of each: strangers whose endpoints hang keep no
// provider waiting. Hosts take turns.
struct courier_options {
    rules strangers{};                       // of these the networks and the ports
    std::size_t in_flight_max{256};          // the rest waits
    std::size_t waiting_max{4096};           // more are turned away at once
    std::size_t a_host_max{32};              // calls, and so connections, to one host at once
    std::size_t reply_max_bytes{64 * 1024};  // what is longer is cut
    std::string ca_file{};                   // PEM; empty: the system's authorities
};

class courier {
public:
    explicit courier(courier_options options);
    // Stops, and waits for the thread.
    ~courier();

    // Any shard; answers there. Redirects are not followed: a 3xx is an answer. Never throws for what the
    // other side does. A server that closes a kept connection before it answers anything is asked once more
    // on a new one: what must not happen twice needs an idempotency key.
    awaitable<reply> send(call given);
    // Ends what is under way: those answer `stopped`, as do all that come later. Does not wait.
    void stop();

private:
    struct state;
    const std::unique_ptr<state> state_;
};

}  // namespace esm::fetch
