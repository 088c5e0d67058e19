// See image_processing.hpp.
#include "services/tasks/handlers/image_processing/image_processing.hpp"

#include <fmt/format.h>

#include <csignal>
#include <cstring>

#include "platform/base/utf8.hpp"
#include "services/tasks/handlers/image_processing/child_process.hpp"
#include "services/tasks/handlers/image_processing/plan.hpp"
#include "services/tasks/handlers/planned_handler.hpp"
#include "services/tasks/task_types_texts.hpp"

namespace esm::tasks::image_processing {

namespace {

namespace bj = boost::json;

constexpr std::size_t message_max_bytes = 500;
constexpr std::string_view worker_name = "esm-image";

outcome failed(std::string why) {
    return {outcome::kind::failed, std::move(why)};
}

// What the worker sent may be anything: its decoders read what strangers made.
std::string shown(std::string_view given) {
    std::string text(cut_utf8(given, message_max_bytes));
    for (auto& each : text) {
        if (static_cast<unsigned char>(each) < ' ' || each == '\x7f') each = ' ';
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    return is_utf8(text) ? text : "(no readable message)";
}

std::string_view text_of(const bj::object& from, std::string_view name) {
    const auto* found = from.if_contains(name);
    return found && found->is_string() ? std::string_view(found->get_string()) : std::string_view{};
}

// The worker's lines as they come; what it says last counts.
class answers {
public:
    explicit answers(run_control& control) : control_(control) {}

    void take(std::string_view line) {
        boost::system::error_code unreadable;
        auto parsed = bj::parse(line, unreadable);
        if (unreadable || !parsed.is_object()) return;
        if (const auto* progress = parsed.get_object().if_contains("progress")) {
            if (progress->is_int64()) {
                control_.set_progress(static_cast<int>(std::clamp<std::int64_t>(progress->get_int64(), 0, 99))
                );
            }
        } else {
            last_ = std::move(parsed.get_object());
        }
    }
    const bj::object& last() const { return last_; }

private:
    run_control& control_;
    bj::object last_;
};

// "format", "width", "height", "frames" of a picture as the worker described it; nothing where that is
// nonsense.
std::optional<bj::object> picture(const bj::value& described, const limits& within) {
    const auto* from = described.if_object();
    if (!from || !format_named(text_of(*from, "format"))) return std::nullopt;
    bj::object read;
    read["format"] = text_of(*from, "format");
    const std::array<std::pair<std::string_view, std::int64_t>, 3> members{
        {{"width", within.side_max_pixels}, {"height", within.side_max_pixels}, {"frames", within.frames_max}}
    };
    for (const auto& [name, maximum] : members) {
        const auto* found = from->if_contains(name);
        if (!found || !found->is_int64() || found->get_int64() < 1 || found->get_int64() > maximum) {
            return std::nullopt;
        }
        read[name] = found->get_int64();
    }
    return read;
}

std::optional<std::uint64_t> size_of(const std::filesystem::path& file) {
    std::error_code missing;
    const auto bytes = std::filesystem::file_size(file, missing);
    if (missing || bytes == 0) return std::nullopt;
    return bytes;
}

// The plan, and the parameters as esm-image is told them.
struct told_plan {
    plan todo;
    bj::object parameters;
};

class image_processing_handler final : public planned_handler<told_plan> {
public:
    explicit image_processing_handler(options given) : options_(std::move(given)) {}

    std::string_view type() const override { return type_name; }
    std::string_view parameters_schema() const override { return texts::image_processing_schema; }

private:
    told_plan read(const bj::object& parameters, std::vector<field_error>& problems) const override {
        return {read_plan(parameters, problems), parameters};
    }

    outcome carry_out(const told_plan& what, work& current) const override {
        const auto& todo = what.todo;
        const auto source = current.input(todo.source);
        if (!source) return rejected(fmt::format("/source: {}", source.error().detail));
        job asked{what.parameters, source->path, {}, options_.within};
        for (std::size_t i = 0; i < todo.outputs.size(); ++i) {
            asked.outputs.push_back(current.scratch() / std::to_string(i));
        }
        return run_worker(asked, todo, *source, current);
    }

    outcome run_worker(const job& asked, const plan& todo, const local_file& source, work& current) const {
        answers said(current.control());
        const auto ended = run_child(
            options_.worker,
            write_job(asked),
            [&said](std::string_view line) { said.take(line); },
            [&current] { return current.control().should_stop(); }
        );
        if (!ended) return failed(ended.error().detail);
        if (!ended->complaint.empty()) current.log(log_severity::warn, shown(ended->complaint));
        using enum child_end::kind;
        if (ended->how == stopped) return {outcome::kind::stopped, {}};
        if (ended->how == flooded) return rejected("the picture made its decoder write without end");
        if (ended->how == killed) return killed_by(ended->code, ended->complaint);
        if (const auto why = text_of(said.last(), "refused"); !why.empty()) return rejected(shown(why));
        if (const auto why = text_of(said.last(), "failed"); !why.empty()) return failed(shown(why));
        const auto* made = said.last().if_contains("result");
        if (ended->code != 0 || !made || !made->is_object()) {
            return failed(fmt::format("{} ended with status {} and no result", worker_name, ended->code));
        }
        return keep_all(made->get_object(), asked, todo, source, current);
    }

    // Limits that the kernel keeps end the process; so do bugs of decoders, which the picture brings about
    // again.
    outcome killed_by(int signal, std::string_view complaint) const {
        const auto& within = options_.within;
        if (signal == SIGXCPU) {
            return rejected(fmt::format(
                "the picture takes more than {} s of processor time (tasks.image_cpu_max_ms)",
                within.cpu_max_seconds
            ));
        }
        if (signal == SIGXFSZ) {
            return rejected(fmt::format(
                "an output would be larger than {} bytes (tasks.image_output_max_bytes)",
                within.output_max_bytes
            ));
        }
        if (complaint.find("failed to allocate") != std::string_view::npos) {
            return rejected(fmt::format(
                "the picture needs more than {} bytes of memory (tasks.image_memory_max_bytes)",
                within.memory_max_bytes
            ));
        }
        if (signal == SIGKILL) return failed(fmt::format("{} was killed from outside", worker_name));
        return rejected(
            fmt::format("the picture makes its decoder crash (signal {}, {})", signal, ::strsignal(signal))
        );
    }

    outcome keep_all(
        const bj::object& made, const job& asked, const plan& todo, const local_file& source, work& current
    ) const {
        const auto* input = made.if_contains("input");
        const auto* listed = made.if_contains("outputs");
        auto read = input ? picture(*input, options_.within) : std::nullopt;
        const auto* outputs = listed ? listed->if_array() : nullptr;
        const auto nonsense = failed(fmt::format("{} answered what makes no sense", worker_name));
        if (!read || !outputs || outputs->size() != todo.outputs.size()) return nonsense;
        bj::array kept;
        for (std::size_t i = 0; i < outputs->size(); ++i) {
            auto shape = picture((*outputs)[i], options_.within);
            const auto bytes = size_of(asked.outputs[i]);
            if (!shape || !bytes) return nonsense;
            const auto format = format_named(text_of(*shape, "format"));
            if (todo.outputs[i].format.value_or(*format) != *format) return nonsense;
            bj::object one{{"artifact", todo.outputs[i].name}, {"mediaType", media_type_of(*format)}};
            for (auto& [name, value] : *shape) one[name] = value;
            one["bytes"] = *bytes;
            kept.push_back(std::move(one));
        }
        for (std::size_t i = 0; i < kept.size(); ++i) {
            const auto& media_type = kept[i].at("mediaType").get_string();
            current.keep({todo.outputs[i].name, std::string(media_type), asked.outputs[i]});
        }
        (*read)["bytes"] = source.bytes;
        return {
            outcome::kind::completed,
            bj::serialize(bj::object{{"input", std::move(*read)}, {"outputs", std::move(kept)}})
        };
    }

    const options options_;
};

}  // namespace

options read_options(const config& settings) {
    options read;
    read.worker = settings.image_worker;
    if (read.worker.empty()) {
        read.worker = std::filesystem::read_symlink("/proc/self/exe").parent_path() / worker_name;
    }
    read.within = {
        .pixels_max = settings.image_pixels_max,
        .side_max_pixels = settings.image_side_max_pixels,
        .frames_max = settings.image_frames_max,
        .memory_max_bytes = settings.image_memory_max_bytes,
        .output_max_bytes = settings.image_output_max_bytes,
        .cpu_max_seconds = (settings.image_cpu_max_ms + 999) / 1000,
        .threads_max = settings.image_threads_max,
    };
    return read;
}

std::unique_ptr<handler> make_handler(options given) {
    return std::make_unique<image_processing_handler>(std::move(given));
}

}  // namespace esm::tasks::image_processing
