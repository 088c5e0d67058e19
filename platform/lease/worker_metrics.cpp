// The gauges of a worker; see worker.hpp.
#include "platform/lease/worker.hpp"

namespace esm::lease {

void show(observe::metrics& metrics, const std::string& queue, const std::function<worker_stats()>& stats) {
    const auto gauge = [&](const char* name, const char* help, auto worker_stats::* field) {
        metrics.make_gauge(name, help, {{"queue", queue}}, [stats, field] {
            return static_cast<double>(stats().*field);
        });
    };
    gauge("lease_running_items", "Items that run or wait in this process.", &worker_stats::running);
    gauge("lease_claimed_items", "Leases claimed since start.", &worker_stats::claimed);
    gauge(
        "lease_rescued_items", "Leases of silent processes taken back since start.", &worker_stats::rescued
    );
    gauge("lease_lost_items", "Leases lost to others since start.", &worker_stats::lost);
}

}  // namespace esm::lease
