// One child process run to its end on the caller's thread: a text on its standard input, its lines as they
// come, killed when it must stop. It inherits no environment, no descriptor and no signal setting of this
// process.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "platform/base/result.hpp"

namespace esm::tasks::image_processing {

struct child_limits {
    std::size_t line_max_bytes{64 * 1024};
    std::size_t output_max_bytes{1024 * 1024};  // of standard output altogether
    std::size_t complaint_max_bytes{4096};      // kept of the end of standard error
};

struct child_end {
    enum class kind : std::uint8_t { exited, killed, stopped, flooded };
    kind how{kind::exited};
    int code{0};  // exited: its status; killed: the signal that somebody else sent or the kernel raised
    std::string complaint;
};

// errc::unavailable where it cannot be started; the detail names the program.
result<child_end> run_child(
    const std::filesystem::path& program,
    std::string_view input,
    const std::function<void(std::string_view line)>& on_line,
    const std::function<bool()>& should_stop,
    const child_limits& within = {}
);

}  // namespace esm::tasks::image_processing
