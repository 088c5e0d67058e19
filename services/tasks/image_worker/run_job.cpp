// See run_job.hpp.
#include "services/tasks/image_worker/run_job.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmodule.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <new>
#include <system_error>
#include <thread>
#include <vector>

#include "services/tasks/image_worker/encode.hpp"
#include "services/tasks/image_worker/pipeline.hpp"
#include "services/tasks/image_worker/sandbox.hpp"

namespace esm::tasks::image_worker {

namespace {

namespace bj = boost::json;
using image_processing::job;
using image_processing::plan;
using vips::VError;
using vips::VImage;

std::vector<int> open_outputs(const std::vector<std::string>& paths) {
    std::vector<int> files;
    for (const auto& path : paths) {
        // Readable: libtiff goes back to what it wrote.
        files.push_back(::open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
        if (files.back() < 0) {
            throw std::system_error(errno, std::generic_category(), "an output cannot be opened");
        }
    }
    return files;
}

bool needs_heif(const plan& todo, const source& from) {
    using enum picture_format;
    const auto writes = [](const image_processing::output& each) {
        return each.format == avif || each.format == heif;
    };
    return from.looks_like_heif() || std::any_of(todo.outputs.begin(), todo.outputs.end(), writes);
}

// Only the readers of pictures that are met on the web and fuzzed upstream, chosen by content.
void allow_loaders() {
    vips_operation_block_set("VipsForeignLoad", TRUE);
    for (const auto* each :
         {"VipsForeignLoadJpeg",
          "VipsForeignLoadPng",
          "VipsForeignLoadWebp",
          "VipsForeignLoadNsgif",
          "VipsForeignLoadTiff",
          "VipsForeignLoadHeif"}) {
        vips_operation_block_set(each, FALSE);
    }
}

void start_vips(const limits& within, bool with_heif) {
    // Away from its modules (ImageMagick, PDF, slides): none is loaded but the one that is needed. And
    // whatever has to be held is held in memory, since no file can be opened later.
    ::setenv("VIPSHOME", "/nonexistent", 1);
    ::setenv("VIPS_DISC_THRESHOLD", "65536g", 1);
    if (VIPS_INIT("esm-image") != 0) throw std::runtime_error(take_vips_error());
    vips_cache_set_max(0);
    const auto cores = static_cast<std::int64_t>(std::max(1U, std::thread::hardware_concurrency()));
    vips_concurrency_set(static_cast<int>(std::min(cores, within.threads_max)));
    if (with_heif) g_module_open(ESM_VIPS_MODULES "/vips-heif.so", G_MODULE_BIND_LAZY);
    allow_loaders();
}

void lock_in(const limits& within, const source& from, bool with_heif) {
    limit_resources(within, from.bytes());
    const bool has_own_network = leave_network();
    start_vips(within, with_heif);
    if (!filter_system_calls() && !has_own_network) {
        throw std::runtime_error(
            "esm-image cannot be locked in: this system has neither seccomp nor user namespaces; see "
            "`esm-image check`"
        );
    }
}

std::string memory_message(const limits& within) {
    return fmt::format(
        "the picture needs more than {} bytes of memory (tasks.image_memory_max_bytes)",
        within.memory_max_bytes
    );
}

bj::object make_output(
    pipeline& steps, const image_processing::output& wanted, const source& from, int file, progress& shown
) {
    const auto format = wanted.format.value_or(from.format());
    auto frames = steps.run(wanted, format);
    bj::object made{
        {"format", name_of(format)},
        {"width", frames.front().width()},
        {"height", frames.front().height()},
        {"frames", frames.size()}
    };
    encode(std::move(frames), wanted, format, file, shown);
    return made;
}

bj::object make_outputs(const job& asked, const plan& todo, source& from, const std::vector<int>& files) {
    from.read_header(asked.within);
    progress shown;
    pipeline steps(from, todo, asked.within, shown);
    bj::array made;
    for (std::size_t i = 0; i < todo.outputs.size(); ++i) {
        const auto& wanted = todo.outputs[i];
        shown.begin_output(i, todo.outputs.size());
        const auto in_output = [&](std::string_view why) {
            return fmt::format("output {} ({}): {}", i + 1, wanted.name, why);
        };
        try {
            made.push_back(make_output(steps, wanted, from, files[i], shown));
        } catch (const refused& why) {
            throw refused(in_output(why.what()));
        } catch (const VError&) {
            const auto why = take_vips_error();
            const bool lacks_memory = why.find("out of memory") != std::string::npos;
            throw refused(
                lacks_memory ? memory_message(asked.within)
                             : in_output("it cannot be made of the source, which may be damaged: " + why)
            );
        }
    }
    bj::object input{
        {"format", name_of(from.format())},
        {"width", from.width()},
        {"height", from.height()},
        {"frames", from.frames()}
    };
    return {{"input", std::move(input)}, {"outputs", std::move(made)}};
}

bj::object answer_to(const job& asked) {
    try {
        std::vector<field_error> problems;
        const auto todo = image_processing::read_plan(asked.parameters, problems);
        if (!problems.empty() || todo.outputs.size() != asked.outputs.size()) {
            throw std::runtime_error("the job is not one that a handler wrote");
        }
        source from(asked.input);
        const auto files = open_outputs(asked.outputs);
        lock_in(asked.within, from, needs_heif(todo, from));
        return {{"result", make_outputs(asked, todo, from, files)}};
    } catch (const refused& why) {
        return {{"refused", why.what()}};
    } catch (const std::bad_alloc&) {
        return {{"refused", memory_message(asked.within)}};
    } catch (const std::exception& why) {
        return {{"failed", why.what()}};
    }
}

}  // namespace

int run_job(std::string_view text) {
    say(answer_to(image_processing::read_job(text)));
    return 0;
}

}  // namespace esm::tasks::image_worker
