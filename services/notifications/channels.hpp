// Who carries each channel, as the configuration says: the only place that knows every provider. Made and
// owned by the service.
#pragma once

#include <memory>

#include "platform/fetch/courier.hpp"
#include "platform/security/sealed.hpp"
#include "services/notifications/channel_lane.hpp"
#include "services/notifications/config.hpp"
#include "services/notifications/push/push_channel.hpp"

namespace esm::notifications {

class channels {
public:
    // Throws config::invalid_configuration that names the setting, as for a mail_from that is no mailbox.
    channels(const config& settings, channel_lane_deps deps, const security::master_key& key);

    void start();
    awaitable<void> stop();

    void wake(const std::string& channel);
    bool is_away(std::string_view channel) const;
    // What browsers subscribe with (RFC 8292 section 3.2).
    const std::string& application_server_key() const { return sender_.application_server_key(); }

    // Where the URLs that users gave may lead.
    const fetch::rules& strangers() const { return strangers_; }

private:
    channel_lane& lane(std::string_view channel) const;

    const fetch::rules strangers_;
    fetch::courier courier_;
    vapid sender_;
    std::unique_ptr<web_push> browsers_;
    std::unique_ptr<fcm> apps_;
    std::vector<std::unique_ptr<channel_lane>> lanes_;
};

// The addresses on purpose allowed, though not public. Throws config::invalid_configuration.
std::vector<fetch::network> read_networks(const config& settings);

}  // namespace esm::notifications
