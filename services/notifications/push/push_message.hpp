// What a push message carries, whatever brings it: the fields of its JSON payload, cut so that they fit. A
// value, made of a notification as it goes out.
#pragma once

#include <boost/json.hpp>
#include <string>

#include "services/notifications/channel.hpp"

namespace esm::notifications {

struct push_message {
    std::int64_t notification_id{0};
    std::string event_type, title, body;
    std::string url;           // what a tap opens; empty: nothing
    boost::json::object data;  // the event's fields, for the app; empty: none, or no room
};

push_message make_push_message(outgoing from, std::string url);

// {title, body, eventType, notificationId, data?, url?}, at most `max_bytes` of JSON. What is too long loses
// its data first, since the app can ask for it, then the end of its body.
std::string web_payload(push_message of, std::size_t max_bytes);

// {notification: {title, body}, data: {…}}, every value of data a text as FCM wants it: the event's fields
// are one text of JSON. Cut in the same way.
boost::json::object fcm_payload(push_message of, std::size_t max_bytes);

}  // namespace esm::notifications
