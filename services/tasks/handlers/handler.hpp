// A task type that runs in this process: checks parameters when the task is created, does the work on a pool
// thread later. One instance a process, used from many threads at once.
#pragma once

#include <boost/json.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "platform/base/result.hpp"
#include "services/tasks/handlers/work.hpp"

namespace esm::tasks {

struct outcome {
    enum class kind : std::uint8_t {
        completed,
        rejected,  // the input is bad: no retry helps
        failed,    // may succeed when tried again
        stopped    // gave way to should_stop
    };
    kind how{kind::completed};
    std::string text;                          // the result's JSON, or why not
    std::chrono::milliseconds retry_after{0};  // failed: not sooner than this
};

class handler {
public:
    virtual ~handler() = default;
    virtual std::string_view type() const = 0;
    // JSON Schema text of the parameters.
    virtual std::string_view parameters_schema() const = 0;
    // What is wrong with the parameters, each under its JSON pointer within them.
    virtual std::vector<field_error> check(const boost::json::object& parameters) const = 0;
    // May throw: the attempt then failed and may be tried again.
    virtual outcome run(work& current) const = 0;
};

// By type; immutable once the service runs.
class handler_set {
public:
    void add(std::unique_ptr<handler> added) { handlers_.push_back(std::move(added)); }
    // Null for types that external workers do.
    const handler* find(std::string_view type) const {
        for (const auto& each : handlers_) {
            if (each->type() == type) return each.get();
        }
        return nullptr;
    }
    const std::vector<std::unique_ptr<handler>>& all() const { return handlers_; }

private:
    std::vector<std::unique_ptr<handler>> handlers_;
};

}  // namespace esm::tasks
