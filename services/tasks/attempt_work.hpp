// The `work` of an attempt that the task runner runs: its folder, its log lines and the results it keeps.
#pragma once

#include <vector>

#include "services/tasks/files/artifacts.hpp"
#include "services/tasks/handlers/work.hpp"
#include "services/tasks/own_records.hpp"
#include "services/tasks/task.hpp"

namespace esm::tasks {

struct log_line {
    instant_us at{0};
    log_severity severity{log_severity::info};
    std::string text;
};

class attempt_work final : public work {
public:
    // `started` is the task as it was claimed; all outlive this. Without `files` there are no inputs, without
    // `records` none of these.
    attempt_work(const task& started, run_control& control, artifacts* files, const record_sources* records)
        : work(control), started_(started), files_(files), records_(records) {}
    ~attempt_work() override;

    std::int64_t task_id() const override { return started_.id; }
    std::int64_t user_id() const override { return started_.user_id; }
    std::string_view parameters() const override { return started_.parameters; }
    result<local_file> input(const file_reference& which) override;
    result<local_file> records(own_records what) override;
    const std::filesystem::path& scratch() override;
    void keep(artifact made) override { kept_.push_back(std::move(made)); }
    void log(log_severity severity, std::string line) override;

    // Whether ending takes the deletion of a folder, which is not for a shard.
    bool has_scratch() const { return !scratch_.empty(); }
    // After the handler has returned.
    const std::vector<artifact>& kept() const { return kept_; }
    std::vector<log_line>& lines() { return lines_; }

private:
    const task& started_;
    artifacts* const files_;
    const record_sources* const records_;
    std::filesystem::path scratch_;
    std::vector<artifact> kept_;
    std::vector<log_line> lines_;
};

}  // namespace esm::tasks
