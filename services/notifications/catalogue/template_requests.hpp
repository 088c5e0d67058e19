// What requests about templates say, read and checked as far as their form goes. Pure functions.
#pragma once

#include "platform/http/message.hpp"
#include "services/notifications/catalogue/manage_templates.hpp"

namespace esm::notifications {

// Of {eventType}, {channel} and {locale}. errc::not_found with the reason where no template can have that
// name.
result<template_key> read_template_key(const http::request& call);

// {"parts": {…}}.
result<part_texts> read_parts_body(const http::request& call);

// {"parts"?, "event"?, "user"?}; without a user somebody made up.
result<preview_wish> read_preview_body(const http::request& call);

// `eventType` of the query; empty where it is not given.
result<std::string> read_event_type(const http::request& call);

// `version` of the query.
result<std::optional<std::int64_t>> read_version(const http::request& call);

}  // namespace esm::notifications
