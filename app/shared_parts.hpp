// What all services of one process share: configuration, shards, the event log, the verification of tokens.
#pragma once

#include <memory>

#include "app/data_folder.hpp"
#include "app/settings.hpp"
#include "platform/async/runtime.hpp"
#include "platform/events/event_log.hpp"
#include "platform/security/authenticator.hpp"
#include "platform/security/sealed.hpp"

namespace esm::app {

struct shared_parts {
    esm::config::values values;
    config settings;
    std::unique_ptr<data_folder> folder;  // null when nothing is kept in files
    async::runtime runtime;
    std::unique_ptr<events::event_log> log;
    security::revocations revoked;
    std::optional<security::master_key> code_key;       // where users or notifications are served
    std::unique_ptr<events::follower> revocation_feed;  // fills `revoked`; null until start
    std::unique_ptr<security::authenticator> tokens;
    grpc_client::token_function service_token;  // proves this process to the others
};

}  // namespace esm::app
