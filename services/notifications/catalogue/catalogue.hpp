// The rules and templates in force, as every part of the service reads them: loaded from the database at the
// start, again when some process has changed them (NOTIFY), and besides every few seconds. Made once a
// service; used from every shard.
#pragma once

#include <memory>
#include <mutex>

#include "platform/async/oneshot.hpp"
#include "platform/async/runtime.hpp"
#include "platform/async/signal.hpp"
#include "platform/db/database.hpp"
#include "services/notifications/catalogue/catalogue_store.hpp"
#include "services/notifications/rules/rule_set.hpp"
#include "services/notifications/templates/template_set.hpp"

namespace esm::notifications {

class catalogue {
public:
    struct snapshot {
        rule_set rules;
        template_set templates;
    };

    catalogue(async::runtime& runtime, db::database& database, std::string default_locale);

    // The shipped ones alone until the stored ones were read.
    std::shared_ptr<const snapshot> now() const;
    // With the stored ones, which are read first if they never were: what an event comes to must not depend
    // on how long ago the process started. Throws what the database throws.
    awaitable<std::shared_ptr<const snapshot>> current();

    void start();  // on shard 0
    awaitable<void> stop();

    // In the transaction of a change: at its commit all processes are told to read it.
    void changed(db::transaction& tx);
    // After the commit of a change: once it answers, this process has read it, unless the database went away
    // in between.
    awaitable<void> refresh();
    // Reads what is stored. Throws what the database throws.
    awaitable<void> reload();

private:
    // What is stored, to see whether it changed without reading all texts again.
    struct stamp {
        std::vector<rule> rules;
        std::vector<catalogue_store::template_name> templates;

        friend bool operator==(const stamp&, const stamp&) = default;
    };

    awaitable<void> loop();
    bool is_known(const stamp& stored) const;
    void install(std::uint64_t ticket, std::shared_ptr<const snapshot> read, stamp of);

    async::runtime& runtime_;
    db::database& database_;
    const std::string default_locale_;
    mutable std::mutex mutex_;
    std::shared_ptr<const snapshot> now_;
    stamp stored_;
    std::uint64_t last_ticket_{0}, installed_ticket_{0};  // 0: nothing was read yet
    async::signal wake_;
    async::oneshot<bool> ended_;
    std::atomic<bool> stopping_{false};
    bool started_{false};
};

}  // namespace esm::notifications
