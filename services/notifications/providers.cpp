// See providers.hpp.
#include "services/notifications/providers.hpp"

#include <algorithm>

namespace esm::notifications {

namespace {

// Nobody waits for the one of two that stays away longer, whatever it seemed at first.
constexpr std::chrono::milliseconds alone_max{60'000}, beside_another_max{100};

}  // namespace

providers::providers(
    std::unique_ptr<channel> primary, std::unique_ptr<channel> standby, const circuit_breaker_options& options
) {
    members_.push_back({"primary", std::move(primary), circuit_breaker(options)});
    if (standby) members_.push_back({"fallback", std::move(standby), circuit_breaker(options)});
}

awaitable<std::optional<providers::turn>> providers::admit() {
    const auto patience = members_.size() == 1 ? alone_max : beside_another_max;
    do {
        for (auto& each : members_) {
            if (auto pass = each.breaker.try_admit()) {
                co_return turn{*each.carrier, each.name, std::move(*pass)};
            }
        }
    } while (co_await next_to_open().breaker.wait_for_turn(patience));
    co_return std::nullopt;
}

std::optional<providers::turn> providers::instead_of(std::string_view name) {
    for (auto& each : members_) {
        if (each.name == name) continue;
        if (auto pass = each.breaker.try_admit()) return turn{*each.carrier, each.name, std::move(*pass)};
    }
    return std::nullopt;
}

const providers::member& providers::next_to_open() const {
    return *std::min_element(members_.begin(), members_.end(), [](const member& a, const member& b) {
        return a.breaker.rests_for() < b.breaker.rests_for();
    });
}

std::chrono::milliseconds providers::rests_for() const {
    return next_to_open().breaker.rests_for();
}

bool providers::are_away() const {
    return std::all_of(members_.begin(), members_.end(), [](const member& each) {
        return each.breaker.is_open();
    });
}

void providers::stop_waiting() {
    for (auto& each : members_) each.breaker.stop();
}

void providers::stop_sending() {
    for (const auto& each : members_) each.carrier->stop();
}

}  // namespace esm::notifications
