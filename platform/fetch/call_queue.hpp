// The calls of a courier that wait for their turn, host after host, so that one that is slow keeps no other
// waiting. Owned by a courier, which guards it; asks no clock and no network. Private to platform/fetch.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "platform/async/oneshot.hpp"
#include "platform/base/clock.hpp"
#include "platform/fetch/courier.hpp"

namespace esm::fetch {

struct pending_call {
    call given;
    std::string host;         // with its port: whom the call counts for
    std::string shown;        // the host as a reply's text may name it
    std::string not_allowed;  // what to say where the rules forbid the address
    deadline until;
    async::oneshot<reply> answer;
};
// The text of a reply that came too late.
std::string no_answer_text(const pending_call& late);

using pending_ptr = std::unique_ptr<pending_call>;

class call_queue {
public:
    call_queue(std::size_t in_flight_max, std::size_t waiting_max, std::size_t a_host_max)
        : in_flight_max_(in_flight_max), total_max_(in_flight_max + waiting_max), a_host_max_(a_host_max) {}

    // False where it is full: the call stays with the caller.
    bool push(pending_ptr& call);
    // The next that may begin, under way from now on until `done`; nothing while none may.
    pending_ptr next();
    void done(const std::string& host);
    // Those that wait though their time is over.
    std::vector<pending_ptr> take_late(deadline now);
    std::vector<pending_ptr> take_all() { return take_late(deadline::max()); }
    // When `take_late` is to be asked again, at the latest.
    deadline next_deadline() const { return waiting_ == 0 ? deadline::max() : earliest_; }

private:
    struct host_calls {
        std::deque<pending_ptr> waiting;
        std::size_t under_way{0};
        bool has_turn{false};  // stands in turns_
    };

    void give_turn(host_calls& host);

    const std::size_t in_flight_max_, total_max_, a_host_max_;
    std::unordered_map<std::string, host_calls> hosts_;  // only those with calls
    std::deque<host_calls*> turns_;
    std::size_t waiting_{0}, under_way_{0};
    deadline earliest_{deadline::max()};  // no waiting call's time ends before
};

}  // namespace esm::fetch
