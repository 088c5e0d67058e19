// What a scrape shows.
#include "platform/observe/metrics.hpp"

#include <gmock/gmock.h>

#include <stdexcept>
#include <thread>

namespace esm::observe {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(metrics, shows_counters_histograms_and_gauges_with_their_labels) {
    metrics of("tasks");
    of.make_counter("made_total", "Made.", {{"type", "a"}}).add();
    of.make_counter("made_total", "Made.", {{"type", "b"}}).add(2.5);
    of.make_duration("took_seconds", "Took.").observe(0.002);
    of.make_gauge("depth", "Depth.", {{"queue", "x"}}, [] { return 7.0; });
    of.make_gauge("depth", "Depth.", {{"queue", "y"}}, [] { return 8.0; });
    const auto text = of.scrape();
    EXPECT_THAT(text, HasSubstr("# HELP made_total Made.\n# TYPE made_total counter\nmade_total{"));
    EXPECT_THAT(text, HasSubstr("\nmade_total{service=\"tasks\",type=\"a\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("\nmade_total{service=\"tasks\",type=\"b\"} 2.5\n"));
    EXPECT_THAT(text, HasSubstr("took_seconds_bucket{service=\"tasks\",le=\"0.001\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("took_seconds_bucket{service=\"tasks\",le=\"0.0025\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("took_seconds_count{service=\"tasks\"} 1\n"));
    EXPECT_THAT(
        text, HasSubstr("depth{queue=\"x\",service=\"tasks\"} 7\ndepth{queue=\"y\",service=\"tasks\"} 8\n")
    );
    EXPECT_THAT(text, HasSubstr("process_resident_memory_bytes{service=\"tasks\"} "));
    EXPECT_THAT(text, HasSubstr("# TYPE process_cpu_seconds_total counter\n"));
}

TEST(metrics, the_same_counter_twice_counts_together) {
    metrics of("s");
    auto& first = of.make_counter("n_total", "N.");
    of.make_counter("n_total", "N.").add();
    first.add();
    EXPECT_THAT(of.scrape(), HasSubstr("n_total{service=\"s\"} 2\n"));
}

TEST(metrics, a_gauge_that_throws_is_left_out) {
    metrics of("s");
    of.make_gauge("broken", "B.", {}, []() -> double { throw std::runtime_error("away"); });
    of.make_gauge("whole", "W.", {}, [] { return 1.0; });
    const auto text = of.scrape();
    EXPECT_THAT(text, Not(HasSubstr("broken{")));
    EXPECT_THAT(text, HasSubstr("whole{service=\"s\"} 1\n"));
}

TEST(metrics, counts_from_many_threads) {
    metrics of("s");
    auto& counted = of.make_counter("n_total", "N.");
    auto& timed = of.make_duration("t_seconds", "T.");
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
        threads.emplace_back([&] {
            for (int k = 0; k < 1000; ++k) {
                counted.add();
                timed.observe(0.5);
            }
        });
    }
    for (auto& each : threads) each.join();
    EXPECT_THAT(of.scrape(), HasSubstr("n_total{service=\"s\"} 4000\n"));
    EXPECT_THAT(of.scrape(), HasSubstr("t_seconds_count{service=\"s\"} 4000\n"));
}

}  // namespace
}  // namespace esm::observe
