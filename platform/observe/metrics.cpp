// See metrics.hpp. Counters and histograms are prometheus-cpp's; gauges are read when somebody scrapes.
#include "platform/observe/metrics.hpp"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>
#include <spdlog/spdlog.h>
#include <sys/resource.h>
#include <unistd.h>

#include <deque>
#include <fstream>
#include <mutex>

namespace esm::observe {

namespace {

const prometheus::Histogram::BucketBoundaries duration_buckets_seconds{
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10
};

class counter_handle : public metrics::counter {
public:
    explicit counter_handle(prometheus::Counter& target) : target_(target) {}
    void add(double amount) override { target_.Increment(amount); }

private:
    prometheus::Counter& target_;
};

class histogram_handle : public metrics::histogram {
public:
    explicit histogram_handle(prometheus::Histogram& target) : target_(target) {}
    void observe(double value) override { target_.Observe(value); }

private:
    prometheus::Histogram& target_;
};

struct gauge {
    std::string name, help;
    metrics::labels with;
    std::function<double()> read;
};

double resident_bytes() {
    std::ifstream statm("/proc/self/statm");
    double total_pages = 0;
    double resident_pages = 0;
    statm >> total_pages >> resident_pages;
    return resident_pages * static_cast<double>(sysconf(_SC_PAGESIZE));
}

double cpu_seconds() {
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    const auto seconds = [](const timeval& time) {
        return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

std::vector<prometheus::ClientMetric::Label> label_list(const metrics::labels& labels) {
    std::vector<prometheus::ClientMetric::Label> list;
    for (const auto& [name, value] : labels) list.push_back({name, value});
    return list;
}

// A gauge whose reader throws is left out of this scrape; the others still come.
std::optional<double> read_quietly(const gauge& from) {
    try {
        return from.read();
    } catch (const std::exception& failure) {
        spdlog::warn("gauge {}: {}", from.name, failure.what());
        return std::nullopt;
    }
}

}  // namespace

struct metrics::state {
    explicit state(std::string service) : common{{"service", std::move(service)}} {}

    labels with_common(labels given) const {
        given.insert(common.begin(), common.end());
        return given;
    }

    prometheus::MetricFamily& family(
        std::vector<prometheus::MetricFamily>& all,
        const std::string& name,
        const std::string& help,
        prometheus::MetricType type
    ) const {
        for (auto& each : all) {
            if (each.name == name) return each;
        }
        return all.emplace_back(prometheus::MetricFamily{name, help, type, {}});
    }

    void collect_process(std::vector<prometheus::MetricFamily>& all) const {
        prometheus::ClientMetric sample;
        sample.label = label_list(common);
        sample.gauge.value = resident_bytes();
        family(all, "process_resident_memory_bytes", "Resident memory.", prometheus::MetricType::Gauge)
            .metric.push_back(sample);
        sample.gauge.value = 0;
        sample.counter.value = cpu_seconds();
        family(all, "process_cpu_seconds_total", "User and system time.", prometheus::MetricType::Counter)
            .metric.push_back(sample);
    }

    const labels common;
    prometheus::Registry registry;
    mutable std::mutex mutex;  // guards the lists below, not the values in them
    std::deque<counter_handle> counters;
    std::deque<histogram_handle> histograms;
    std::vector<gauge> gauges;
};

metrics::metrics(std::string service) : state_(std::make_unique<state>(std::move(service))) {}

metrics::~metrics() = default;

metrics::counter& metrics::make_counter(
    const std::string& name, const std::string& help, const labels& with
) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry);
    auto& target = family.Add(state_->with_common(with));
    const std::lock_guard lock(state_->mutex);
    return state_->counters.emplace_back(target);
}

metrics::histogram& metrics::make_duration(
    const std::string& name, const std::string& help, const labels& with
) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry);
    auto& target = family.Add(state_->with_common(with), duration_buckets_seconds);
    const std::lock_guard lock(state_->mutex);
    return state_->histograms.emplace_back(target);
}

void metrics::make_gauge(
    const std::string& name, const std::string& help, const labels& with, std::function<double()> read
) {
    const std::lock_guard lock(state_->mutex);
    state_->gauges.push_back({name, help, state_->with_common(with), std::move(read)});
}

std::string metrics::scrape() const {
    auto all = state_->registry.Collect();
    std::vector<gauge> gauges;
    {
        const std::lock_guard lock(state_->mutex);
        gauges = state_->gauges;
    }
    for (const auto& each : gauges) {
        const auto value = read_quietly(each);
        if (!value) continue;
        prometheus::ClientMetric sample;
        sample.label = label_list(each.with);
        sample.gauge.value = *value;
        state_->family(all, each.name, each.help, prometheus::MetricType::Gauge).metric.push_back(sample);
    }
    state_->collect_process(all);
    return prometheus::TextSerializer().Serialize(all);
}

}  // namespace esm::observe
