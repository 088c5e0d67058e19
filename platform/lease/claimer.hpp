// Whose turn it is: claims work of one pool so that its lanes take turns. A lane that was served stands back
// by a minute for each item, so urgency counts within this, and a tenant with a hundred thousand items does
// not keep another waiting (start-time fair queueing, Goyal et al. 1996). Used from one shard.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "platform/db/database.hpp"
#include "platform/lease/lease.hpp"

namespace esm::lease {

// In a claiming transaction, of which one take may have several: the service's own change for the items just
// taken in it. Answers, in order, which of them it wants: the others are as if they had not been taken.
// Nothing: all. May run again after a rollback.
using claimed_hook =
    std::function<awaitable<std::vector<bool>>(db::transaction& tx, const std::vector<held>& items)>;

struct claimer_options {
    std::string pool;
    std::string owner;  // host:pid:random, for people
    std::chrono::milliseconds lease{30'000};
    std::vector<std::string> queues{};  // empty: all
};

class claimer {
public:
    claimer(db::database& target, claimer_options options) : target_(target), options_(std::move(options)) {}

    // Takes up to `limit` items; nothing where none is claimable, or where a queue's limits say no.
    awaitable<std::vector<held>> take(std::size_t limit, const claimed_hook& on_claim);

    // Work may have come that the lanes known do not show.
    void look_again() { survey_wanted_ = true; }
    // Items have ended: a queue that was at its limit has room again.
    void room_came();
    // Whether another take is worth while at once.
    bool more() const { return any_open() || (survey_wanted_ && clock::now() >= next_survey_); }
    // How long a take does not look for new lanes: looking past what cannot be vacuumed yet is not done all
    // the time.
    std::chrono::milliseconds rest() const;

private:
    struct standing {
        lane where;
        std::int64_t turns_us{0};  // how far it stands back
        // Gave less than was wanted: it is empty, or its queue at its limit. Until the next survey only its
        // turns count.
        bool closed{false};
        std::int64_t score() const { return where.rank + turns_us; }
    };
    // What a transaction took, and what the service did not want of it.
    struct taking {
        claimed kept, put_back;
    };
    using clock = std::chrono::steady_clock;

    static taking sort(claimed taken, const std::vector<bool>& wanted);
    awaitable<void> survey();
    bool any_open() const;
    std::vector<lane> choose(std::size_t limit) const;
    awaitable<std::vector<held>> take_from(
        std::vector<lane> lanes, bool limited, const claimed_hook& on_claim
    );
    void note(const std::vector<lane>& asked, const taking& taken);

    db::database& target_;
    const claimer_options options_;
    std::vector<standing> lanes_;
    bool survey_wanted_{true};
    std::int64_t after_tenant_{-1};
    clock::time_point last_survey_{}, next_survey_{};
};

}  // namespace esm::lease
