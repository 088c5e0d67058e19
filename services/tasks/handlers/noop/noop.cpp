// See noop.hpp.
#include "services/tasks/handlers/noop/noop.hpp"

#include <thread>

#include "platform/base/json_decoder.hpp"
#include "services/tasks/task_types_texts.hpp"

namespace esm::tasks::noop {

namespace {

constexpr std::int64_t sleep_max_ms = 3'600'000;
constexpr std::chrono::milliseconds look_every{20};

std::vector<field_error> read(const boost::json::object& parameters, std::chrono::milliseconds& sleep) {
    json::decoder from(parameters);
    sleep = std::chrono::milliseconds(from.optional_integer("sleepMs", 0, sleep_max_ms).value_or(0));
    const auto refused = from.finish();
    return refused ? refused->fields : std::vector<field_error>{};
}

class noop_handler final : public handler {
public:
    std::string_view type() const override { return type_name; }
    std::string_view parameters_schema() const override { return texts::noop_schema; }

    std::vector<field_error> check(const boost::json::object& parameters) const override {
        std::chrono::milliseconds sleep;
        return read(parameters, sleep);
    }

    outcome run(work& current) const override {
        if (current.parameters() == "{}") return {outcome::kind::completed, "{}"};
        std::chrono::milliseconds sleep;
        read(boost::json::parse(current.parameters()).as_object(), sleep);
        const auto begun = std::chrono::steady_clock::now();
        for (;;) {
            const auto slept = std::chrono::steady_clock::now() - begun;
            if (slept >= sleep) return {outcome::kind::completed, "{}"};
            if (current.control().should_stop()) return {outcome::kind::stopped, {}};
            current.control().set_progress(static_cast<int>(100 * slept / sleep));
            std::this_thread::sleep_for(
                std::min<std::chrono::steady_clock::duration>(look_every, sleep - slept)
            );
        }
    }
};

}  // namespace

std::unique_ptr<handler> make_handler() {
    return std::make_unique<noop_handler>();
}

}  // namespace esm::tasks::noop
