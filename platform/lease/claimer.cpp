// See claimer.hpp.
#include "platform/lease/claimer.hpp"

#include <algorithm>
#include <map>
#include <queue>

namespace esm::lease {

using namespace std::chrono_literals;

namespace {

constexpr auto database_patience = 5s;
constexpr std::size_t lanes_max = 64;  // known at once; further ones have their turn after these
constexpr std::int64_t turn_us = 60'000'000;
// A survey that took longer, past entries that cannot be vacuumed yet, is not made again before twenty times
// as long has passed.
constexpr auto cheap_survey = 10ms;
constexpr int survey_share = 20;
// Work may have come without a word, also while lanes known have more.
constexpr auto survey_age_max = 1s;

}  // namespace

std::chrono::milliseconds claimer::rest() const {
    const auto left = next_survey_ - clock::now();
    return std::max(std::chrono::ceil<std::chrono::milliseconds>(left), 0ms);
}

awaitable<std::vector<held>> claimer::take(std::size_t limit, const claimed_hook& on_claim) {
    const auto now = clock::now();
    const bool wanted = survey_wanted_ || !any_open() || now >= last_survey_ + survey_age_max;
    if (wanted && now >= next_survey_) co_await survey();
    // A transaction for all lanes without limits, and one for each queue with limits; by queue, the former
    // first.
    std::map<std::string, std::vector<lane>> groups;
    for (auto& each : choose(limit)) groups[each.limited ? each.queue : ""].push_back(std::move(each));
    std::vector<held> items;
    for (auto& [queue, lanes] : groups) {
        try {
            for (auto& each : co_await take_from(std::move(lanes), !queue.empty(), on_claim)) {
                items.push_back(std::move(each));
            }
        } catch (const std::exception&) {
            // What earlier groups gave is held by now and must be worked on.
            if (items.empty()) throw;
            survey_wanted_ = true;
            break;
        }
    }
    co_return items;
}

awaitable<void> claimer::survey() {
    survey_wanted_ = false;
    const auto begun = last_survey_ = clock::now();
    const auto found = co_await lease::survey(
        target_, options_.pool, after_tenant_, lanes_max, deadline_in(database_patience)
    );
    const auto cost = clock::now() - begun;
    if (cost > cheap_survey) next_survey_ = clock::now() + survey_share * cost;
    std::map<std::pair<std::string_view, std::int64_t>, std::int64_t> turns;
    std::int64_t least = std::numeric_limits<std::int64_t>::max();
    for (const auto& each : lanes_) {
        turns[{each.where.queue, each.where.tenant}] = each.turns_us;
        least = std::min(least, each.turns_us);
    }
    if (lanes_.empty()) least = 0;
    std::vector<standing> next;
    next.reserve(found.size());
    for (const auto& each : found) {
        if (!options_.queues.empty() &&
            std::find(options_.queues.begin(), options_.queues.end(), each.queue) == options_.queues.end()) {
            continue;
        }
        // A newcomer begins where the least served stands.
        const auto known = turns.find({each.queue, each.tenant});
        next.push_back({each, known == turns.end() ? least : known->second});
    }
    lanes_ = std::move(next);
    // All of the first ones have work: those behind them come with the next survey.
    const bool cut = found.size() == lanes_max;
    survey_wanted_ = cut || after_tenant_ >= 0;
    after_tenant_ = cut ? found.back().tenant : -1;
}

void claimer::room_came() {
    const auto was_full = [](const standing& each) { return each.closed && each.where.limited; };
    if (std::any_of(lanes_.begin(), lanes_.end(), was_full)) survey_wanted_ = true;
}

bool claimer::any_open() const {
    return !std::all_of(lanes_.begin(), lanes_.end(), [](const standing& each) { return each.closed; });
}

std::vector<lane> claimer::choose(std::size_t limit) const {
    using entry = std::pair<std::int64_t, std::size_t>;  // score, place
    std::priority_queue<entry, std::vector<entry>, std::greater<>> waiting;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
        if (!lanes_[i].closed) waiting.emplace(lanes_[i].score(), i);
    }
    std::vector<std::int64_t> wanted(lanes_.size());
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < limit && !waiting.empty(); ++i) {
        const auto [score, place] = waiting.top();
        waiting.pop();
        if (wanted[place]++ == 0) order.push_back(place);
        waiting.emplace(score + turn_us, place);
    }
    std::vector<lane> chosen;
    chosen.reserve(order.size());
    for (const auto place : order) {
        chosen.push_back(lanes_[place].where);
        chosen.back().wanted = wanted[place];
    }
    return chosen;
}

awaitable<std::vector<held>> claimer::take_from(
    std::vector<lane> lanes, bool limited, const claimed_hook& on_claim
) {
    const auto work = [&](db::transaction& tx) -> awaitable<taking> {
        auto taken = limited
                         ? co_await claim_limited(tx, options_.pool, lanes, options_.lease, options_.owner)
                         : co_await claim(tx, options_.pool, lanes, options_.lease, options_.owner);
        std::vector<bool> wanted;
        if (!taken.items.empty() && on_claim) wanted = co_await on_claim(tx, taken.items);
        auto sorted = sort(std::move(taken), wanted);
        put_back(tx, sorted.put_back.items, sorted.put_back.ranks);
        if (sorted.kept.rate) spend_rate(tx, *sorted.kept.rate, sorted.kept.items.size());
        co_return sorted;
    };
    auto taken = co_await target_.transact(deadline_in(database_patience), work);
    note(lanes, taken);
    co_return std::move(taken.kept.items);
}

claimer::taking claimer::sort(claimed taken, const std::vector<bool>& wanted) {
    if (wanted.empty()) return {std::move(taken), {}};
    taking sorted;
    for (std::size_t i = 0; i < taken.items.size(); ++i) {
        auto& to = wanted[i] ? sorted.kept : sorted.put_back;
        to.items.push_back(std::move(taken.items[i]));
        to.ranks.push_back(taken.ranks[i]);
    }
    sorted.kept.rate = std::move(taken.rate);
    return sorted;
}

void claimer::note(const std::vector<lane>& asked, const taking& taken) {
    for (const auto& each : asked) {
        const auto same = [&](const auto& other) {
            return other.queue == each.queue && other.tenant == each.tenant;
        };
        const auto at = std::find_if(lanes_.begin(), lanes_.end(), [&](const standing& known) {
            return same(known.where);
        });
        if (at == lanes_.end()) continue;
        std::int64_t kept = 0;
        std::int64_t next = each.rank;
        for (std::size_t i = 0; i < taken.kept.items.size(); ++i) {
            if (!same(taken.kept.items[i])) continue;
            ++kept;
            next = std::max(next, taken.kept.ranks[i]);
        }
        std::int64_t left = 0;
        for (std::size_t i = 0; i < taken.put_back.items.size(); ++i) {
            if (!same(taken.put_back.items[i])) continue;
            ++left;
            next = std::min(next, taken.put_back.ranks[i]);
        }
        at->closed = kept + left < each.wanted;
        at->where.rank = next;
        at->turns_us += kept * turn_us;
    }
}

}  // namespace esm::lease
