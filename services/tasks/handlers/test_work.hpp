// A `work` for handler tests: inputs are given as files, results stay in its folder.
#pragma once

#include <unistd.h>

#include <fstream>
#include <map>
#include <vector>

#include "platform/base/random.hpp"
#include "services/tasks/handlers/handler.hpp"

namespace esm::tasks {

class test_work final : public work {
public:
    explicit test_work(std::string parameters, run_control& control = calm())
        : work(control), parameters_(std::move(parameters)) {
        std::filesystem::create_directories(folder_ / "scratch");
    }
    ~test_work() override { std::filesystem::remove_all(folder_); }

    // Five minutes from now and nobody cancels.
    static run_control& calm() {
        thread_local run_control control(nullptr, run_control::clock::now() + std::chrono::minutes(5));
        return control;
    }

    void give_file(std::int64_t id, std::string name, std::string media_type, std::string_view content) {
        const auto path = folder_ / std::to_string(id);
        std::ofstream(path, std::ios::binary) << content;
        files_[id] = {path, std::move(name), std::move(media_type), content.size()};
    }
    void give_file(std::int64_t id, local_file there) { files_[id] = std::move(there); }
    void give_records(own_records what, std::string_view lines) {
        const auto path = folder_ / (what == own_records::tasks ? "tasks" : "notifications");
        std::ofstream(path, std::ios::binary) << lines;
        records_[what] = {path, path.filename(), "application/x-ndjson", lines.size()};
    }

    std::int64_t task_id() const override { return 1000; }
    std::int64_t user_id() const override { return 1001; }
    std::string_view parameters() const override { return parameters_; }
    result<local_file> input(const file_reference& which) override {
        const auto found = files_.find(which.file_id.value_or(0));
        if (found == files_.end()) return fail(errc::not_found, "no such file");
        return found->second;
    }
    result<local_file> records(own_records what) override { return records_.at(what); }
    const std::filesystem::path& scratch() override { return scratch_; }
    void keep(artifact made) override { kept.push_back(std::move(made)); }
    void log(log_severity, std::string line) override { lines.push_back(std::move(line)); }

    // What a kept artifact holds.
    std::string content(std::string_view name) const {
        for (const auto& each : kept) {
            if (each.name != name) continue;
            std::ifstream from(each.path, std::ios::binary);
            return {std::istreambuf_iterator<char>(from), {}};
        }
        return {};
    }

    std::vector<artifact> kept;
    std::vector<std::string> lines;

private:
    const std::string parameters_;
    const std::filesystem::path folder_ =
        std::filesystem::temp_directory_path() / ("esm-work-" + random_hex(8));
    const std::filesystem::path scratch_ = folder_ / "scratch";
    std::map<std::int64_t, local_file> files_;
    std::map<own_records, local_file> records_;
};

}  // namespace esm::tasks
