// See progress.hpp.
#include "services/tasks/image_worker/progress.hpp"

#include <unistd.h>

#include <string>

namespace esm::tasks::image_worker {

// In one write, so that no line is torn; nobody reading any more ends the process by SIGPIPE.
void say(const boost::json::object& line) {
    const auto text = boost::json::serialize(line) + "\n";
    std::size_t written = 0;
    while (written < text.size()) {
        const auto count = ::write(STDOUT_FILENO, text.data() + written, text.size() - written);
        if (count < 0) return;
        written += static_cast<std::size_t>(count);
    }
}

void progress::begin_output(std::size_t index, std::size_t count) {
    from_ = to_ = 100.0 * static_cast<double>(index) / static_cast<double>(count);
    end_ = 100.0 * static_cast<double>(index + 1) / static_cast<double>(count);
}

void progress::watch(const vips::VImage& evaluated, bool is_last) {
    from_ = to_;
    to_ = is_last ? end_ : (from_ + end_) / 2;
    vips_image_set_progress(evaluated.get_image(), TRUE);
    g_signal_connect(evaluated.get_image(), "eval", G_CALLBACK(on_eval), this);
}

void progress::on_eval(VipsImage*, VipsProgress* how_far, progress* self) {
    self->show(self->from_ + (self->to_ - self->from_) * how_far->percent / 100);
}

void progress::show(double per_cent) {
    const int whole = static_cast<int>(per_cent);
    if (whole <= shown_) return;
    shown_ = whole;
    say({{"progress", whole}});
}

}  // namespace esm::tasks::image_worker
