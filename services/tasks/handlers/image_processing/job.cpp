// See job.hpp.
#include "services/tasks/handlers/image_processing/job.hpp"

#include <array>
#include <utility>

namespace esm::tasks::image_processing {

namespace {

namespace bj = boost::json;

constexpr std::array<std::pair<std::string_view, std::int64_t limits::*>, 7> limit_members{{
    {"pixelsMax", &limits::pixels_max},
    {"sideMaxPixels", &limits::side_max_pixels},
    {"framesMax", &limits::frames_max},
    {"memoryMaxBytes", &limits::memory_max_bytes},
    {"outputMaxBytes", &limits::output_max_bytes},
    {"cpuMaxSeconds", &limits::cpu_max_seconds},
    {"threadsMax", &limits::threads_max},
}};

}  // namespace

std::string write_job(const job& given) {
    bj::object within;
    for (const auto& [name, member] : limit_members) within[name] = given.within.*member;
    bj::object written;
    written["parameters"] = given.parameters;
    written["input"] = given.input;
    written["outputs"] = bj::value_from(given.outputs);
    written["limits"] = std::move(within);
    return bj::serialize(written);
}

job read_job(std::string_view text) {
    auto document = bj::parse(text);
    auto& from = document.as_object();
    job read;
    read.parameters = std::move(from.at("parameters").as_object());
    read.input = from.at("input").as_string();
    read.outputs = bj::value_to<std::vector<std::string>>(from.at("outputs"));
    for (const auto& [name, member] : limit_members) {
        read.within.*member = from.at("limits").at(name).to_number<std::int64_t>();
    }
    return read;
}

}  // namespace esm::tasks::image_processing
