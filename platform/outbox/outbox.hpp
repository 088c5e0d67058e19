// The transactional outbox: an event is a row of the transaction that makes it true; the relay publishes the
// rows. Migration set "outbox". One a database.
#pragma once

#include <functional>
#include <vector>

#include "platform/db/transaction.hpp"
#include "platform/events/event.hpp"

namespace esm::outbox {

class outbox {
public:
    // `wake` is called after a commit that left rows (the relay's wake-up; cheap, any thread).
    explicit outbox(std::function<void()> wake);

    // Queues the rows in the caller's transaction: no round trip of its own.
    void append(db::transaction& tx, events::event one) const;
    void append(db::transaction& tx, std::vector<events::event> many) const;

private:
    std::function<void()> wake_;
};

}  // namespace esm::outbox
