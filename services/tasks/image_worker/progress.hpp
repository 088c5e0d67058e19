// Lines to the handler on standard output, one JSON object each: progress as it grows, one answer at the end.
#pragma once

#include <boost/json.hpp>
#include <vips/vips8>

namespace esm::tasks::image_worker {

void say(const boost::json::object& line);

// Per cent of the whole job. Each evaluation of a picture fills its share.
class progress {
public:
    // Output `index` of `count` begins.
    void begin_output(std::size_t index, std::size_t count);
    // The evaluation that the caller starts next takes half of what is left of the output, the last one all.
    void watch(const vips::VImage& evaluated, bool is_last);

private:
    static void on_eval(VipsImage* evaluated, VipsProgress* how_far, progress* self);
    void show(double per_cent);

    double from_{0};
    double to_{0};
    double end_{0};  // of the output
    int shown_{0};
};

}  // namespace esm::tasks::image_worker
