// A handler whose parameters become a plan: read when the task is created, to say what is wrong, and again
// when it runs.
#pragma once

#include <fmt/format.h>

#include "services/tasks/handlers/handler.hpp"

namespace esm::tasks {

// The input is bad: no retry helps.
inline outcome rejected(std::string why) {
    return {outcome::kind::rejected, std::move(why)};
}

template <class Plan>
class planned_handler : public handler {
public:
    std::vector<field_error> check(const boost::json::object& parameters) const final {
        std::vector<field_error> problems;
        read(parameters, problems);
        return problems;
    }

    outcome run(work& current) const final {
        boost::system::error_code unreadable;
        const auto document = boost::json::parse(current.parameters(), unreadable);
        if (unreadable || !document.is_object()) return rejected("the parameters are not a JSON object");
        std::vector<field_error> problems;
        const auto todo = read(document.get_object(), problems);
        if (!problems.empty()) {
            return rejected(fmt::format("{}: {}", problems.front().pointer, problems.front().message));
        }
        return carry_out(todo, current);
    }

private:
    // Adds what is wrong to `problems`; the plan is carried out only where nothing was added. It may hold
    // views into the parameters, which outlive it.
    virtual Plan read(const boost::json::object& parameters, std::vector<field_error>& problems) const = 0;
    virtual outcome carry_out(const Plan& todo, work& current) const = 0;
};

}  // namespace esm::tasks
