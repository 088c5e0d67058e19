// What is wrong with a task's data, and where. Parts of a file are worked on apart, so a place is counted
// from the part's first line or row until whoever knows the parts before it completes the message.
#pragma once

#include <boost/system/result.hpp>
#include <cstdint>
#include <string>

namespace esm::tasks::data {

struct problem {
    enum class place : std::uint8_t {
        none,  // the text says all
        line,  // of the source
        step,  // a step's, of no row that is known
        row    // of the rows that entered a step
    };
    std::string text;
    place where{place::none};
    std::uint64_t at{0};          // from 1
    std::uint64_t source_row{0};  // line: the row that the text is about, from 1; 0: it names none
    std::size_t step{no_step};    // row: the step's place in its chain

    static constexpr std::size_t no_step = ~std::size_t{0};
};

// Expected failures of this folder: the data are at fault, or the task was told to stop (the control says
// so).
template <class T = void>
using checked = boost::system::result<T, problem>;

inline problem wrong(std::string text) {
    return {std::move(text)};
}
inline problem wrong_line(std::uint64_t line, std::string text, std::uint64_t source_row = 0) {
    return {std::move(text), problem::place::line, line, source_row};
}
// From 1 within the batch at hand; the chain that runs the step completes it.
inline problem wrong_row(std::uint64_t row, std::string text) {
    return {std::move(text), problem::place::row, row};
}
inline problem wrong_in_step(std::string text) {
    return {std::move(text), problem::place::step};
}
// Told to stop: whoever asked knows why.
inline problem given_way() {
    return {};
}

}  // namespace esm::tasks::data
