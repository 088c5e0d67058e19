// Prometheus metrics of one service: a registry with the families everyone has, and gauges read at scrape
// time. Counters and histograms are looked up once and then touched without a lock on the registry.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace esm::observe {

class metrics {
public:
    explicit metrics(std::string service);
    ~metrics();

    class counter {
    public:
        virtual ~counter() = default;
        virtual void add(double amount = 1) = 0;
    };
    class histogram {
    public:
        virtual ~histogram() = default;
        virtual void observe(double value) = 0;
    };
    using labels = std::map<std::string, std::string>;

    // References stay valid as long as the metrics. Names end in their unit ("_seconds", "_bytes", "_total").
    counter& make_counter(const std::string& name, const std::string& help, const labels& with = {});
    // Buckets for durations in seconds: 0.5 ms to 10 s.
    histogram& make_duration(const std::string& name, const std::string& help, const labels& with = {});
    // Read at each scrape, on the scraping thread.
    void make_gauge(
        const std::string& name, const std::string& help, const labels& with, std::function<double()> read
    );

    // Prometheus text format 0.0.4, with process_resident_memory_bytes and process_cpu_seconds_total.
    std::string scrape() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace esm::observe
