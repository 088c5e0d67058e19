// See call_queue.hpp.
#include "platform/fetch/call_queue.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace esm::fetch {

std::string no_answer_text(const pending_call& late) {
    return fmt::format("{}: no answer within {} ms", late.shown, late.given.timeout.count());
}

bool call_queue::push(pending_ptr& call) {
    if (waiting_ + under_way_ >= total_max_) return false;
    auto& host = hosts_[call->host];
    earliest_ = std::min(earliest_, call->until);
    host.waiting.push_back(std::move(call));
    ++waiting_;
    give_turn(host);
    return true;
}

pending_ptr call_queue::next() {
    if (under_way_ >= in_flight_max_ || turns_.empty()) return nullptr;
    auto& host = *turns_.front();
    turns_.pop_front();
    host.has_turn = false;
    auto call = std::move(host.waiting.front());
    host.waiting.pop_front();
    --waiting_;
    ++under_way_;
    ++host.under_way;
    give_turn(host);
    return call;
}

void call_queue::done(const std::string& host) {
    const auto found = hosts_.find(host);
    --under_way_;
    --found->second.under_way;
    give_turn(found->second);
    if (found->second.waiting.empty() && found->second.under_way == 0) hosts_.erase(found);
}

std::vector<pending_ptr> call_queue::take_late(deadline now) {
    std::vector<pending_ptr> late;
    if (now < earliest_) return late;
    earliest_ = deadline::max();
    for (auto& [name, host] : hosts_) {
        std::deque<pending_ptr> kept;
        for (auto& each : host.waiting) {
            if (each->until <= now) {
                late.push_back(std::move(each));
            } else {
                earliest_ = std::min(earliest_, each->until);
                kept.push_back(std::move(each));
            }
        }
        host.waiting = std::move(kept);
        host.has_turn = host.has_turn && !host.waiting.empty();
    }
    waiting_ -= late.size();
    std::erase_if(turns_, [](const host_calls* each) { return !each->has_turn; });
    std::erase_if(hosts_, [](const auto& each) {
        return each.second.waiting.empty() && each.second.under_way == 0;
    });
    return late;
}

void call_queue::give_turn(host_calls& host) {
    if (host.has_turn || host.waiting.empty() || host.under_way >= a_host_max_) return;
    host.has_turn = true;
    turns_.push_back(&host);
}

}  // namespace esm::fetch
