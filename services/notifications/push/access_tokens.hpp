// The access token by which this service calls Google's APIs: got for a service account's grant, used until
// five minutes before it expires. One a service; any shard.
#pragma once

#include <chrono>
#include <mutex>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "platform/async/oneshot.hpp"
#include "platform/base/clock.hpp"
#include "platform/fetch/courier.hpp"
#include "services/notifications/channel.hpp"
#include "services/notifications/push/service_account.hpp"

namespace esm::notifications {

class access_tokens {
public:
    // A token, or how a message ends that wanted one.
    using access = std::variant<std::string, send_answer>;

    // `courier` lives longer.
    access_tokens(
        fetch::courier& courier, service_account account, std::string scope, std::chrono::milliseconds timeout
    );

    // Whoever asks while one is being got waits for the same.
    awaitable<access> get();

    // An API did not take it. A newer one stays.
    void forget(const std::string& token);

private:
    using answer = async::oneshot<access>;

    awaitable<access> ask_for_all();
    awaitable<access> ask();
    access keep(const fetch::reply& got);

    fetch::courier& courier_;
    const service_account account_;
    const std::string scope_;
    const std::chrono::milliseconds timeout_;
    std::mutex mutex_;  // guards all below
    std::string held_;
    deadline good_until_{};
    bool asking_{false};
    std::vector<answer> waiting_;
};

}  // namespace esm::notifications
