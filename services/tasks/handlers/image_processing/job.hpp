// What the handler tells esm-image on its standard input, and the limits that hold there.
#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace esm::tasks::image_processing {

struct limits {
    std::int64_t pixels_max{150'000'000};  // of a picture, all its frames together; also of what steps make
    std::int64_t side_max_pixels{30'000};
    std::int64_t frames_max{500};
    std::int64_t memory_max_bytes{std::int64_t{1} << 30};
    std::int64_t output_max_bytes{std::int64_t{256} << 20};  // each
    std::int64_t cpu_max_seconds{300};                       // of all threads together
    std::int64_t threads_max{4};
};

struct job {
    boost::json::object parameters;    // checked by the handler
    std::string input;                 // path
    std::vector<std::string> outputs;  // paths, in the order of the parameters' outputs
    limits within;
};

std::string write_job(const job& given);
// Throws std::exception where the text is no job.
job read_job(std::string_view text);

}  // namespace esm::tasks::image_processing
