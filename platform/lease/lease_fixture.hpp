// Leases as their tests use them, on both databases.
#pragma once

#include <gtest/gtest.h>

#include "platform/lease/claimer.hpp"
#include "platform/lease/lease.hpp"
#include "platform/lease/sql.hpp"
#include "platform/testing/scratch_database.hpp"
#include "platform/testing/support.hpp"

namespace esm::lease {

using namespace std::chrono_literals;

class leases : public ::testing::TestWithParam<db::dialect> {
protected:
    leases() : scratch(runtime.get(), GetParam(), {{"lease", lease::migrations}}) {}

    template <class Work>
    auto run(Work work) {
        return runtime.get().block_on(scratch.get().transact(deadline_in(20s), std::move(work)));
    }
    void put(std::vector<work> items) {
        run([&](db::transaction& tx) -> awaitable<bool> {
            enqueue(tx, items);
            co_return true;
        });
    }
    std::vector<lane> lanes(const std::string& pool = "default") {
        return runtime.get().block_on(survey(scratch.get(), pool, -1, 64, deadline_in(20s)));
    }
    std::vector<held> take(
        std::size_t limit, const std::string& pool = "default", std::chrono::milliseconds duration = 30s
    ) {
        promote_due();
        claimer claims(scratch.get(), {pool, "test", duration});
        std::vector<held> items;
        do {
            for (auto& each : runtime.get().block_on(claims.take(limit - items.size(), nullptr))) {
                items.push_back(std::move(each));
            }
            std::this_thread::sleep_for(claims.rest());
        } while (claims.more() && items.size() < limit);
        return items;
    }
    void promote_due() {
        run([](db::transaction& tx) -> awaitable<bool> {
            co_await promote(tx, 100);
            co_return true;
        });
    }
    std::vector<bool> end(std::vector<held> items) {
        std::vector<bool> answers;
        for (const auto& each : run([&](db::transaction& tx) { return complete(tx, items); })) {
            answers.push_back(each.has_value());
        }
        return answers;
    }
    std::vector<pulse> beat(std::vector<held> items, std::chrono::milliseconds duration = 30s) {
        return run([&](db::transaction& tx) -> awaitable<std::vector<pulse>> {
            return heartbeat(tx, items, std::vector<std::int64_t>(items.size(), -1), duration);
        });
    }
    bool give_back(held item, std::chrono::milliseconds delay) {
        return run([&](db::transaction& tx) { return release(tx, {item}, {delay}); }).front().has_value();
    }
    cancel_outcome stop(std::int64_t id) {
        return run([&](db::transaction& tx) -> awaitable<cancel_outcome> { return cancel(tx, id); });
    }
    std::vector<held> save() {
        std::vector<held> items;
        for (auto& each : run([&](db::transaction& tx) { return rescue(tx, 100); })) {
            items.push_back(std::move(each.item));
        }
        return items;
    }
    static std::vector<std::int64_t> ids(const std::vector<held>& items) {
        std::vector<std::int64_t> found;
        for (const auto& each : items) found.push_back(each.id);
        return found;
    }
    using id_list = std::vector<std::int64_t>;

    testing::started_runtime runtime;
    testing::scratch_database scratch;
};

}  // namespace esm::lease
