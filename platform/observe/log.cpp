// See log.hpp. The sink gathers lines and writes them at a warning, after a second of quiet, or by spdlog's
// flusher once a second, so that a busy request path does not pay a system call a line.
#include "platform/observe/log.hpp"

#include <poll.h>
#include <spdlog/formatter.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <memory>
#include <mutex>
#include <stdexcept>

#include "platform/observe/log_line.hpp"

namespace esm::observe {

namespace {

constexpr std::size_t buffer_max_bytes = 64 * 1024;
constexpr std::chrono::seconds flush_every{1};

// What the running call of log() adds to its message. spdlog formats on the calling thread, so this needs no
// lock.
struct call_fields {
    const trace_context* trace{nullptr};
    std::span<const field> fields;
};
thread_local call_fields current_call;

std::string_view severity_name(spdlog::level::level_enum level) {
    switch (level) {
        case spdlog::level::trace:
            return "trace";
        case spdlog::level::debug:
            return "debug";
        case spdlog::level::info:
            return "info";
        case spdlog::level::warn:
            return "warn";
        default:
            return "error";
    }
}

class line_formatter : public spdlog::formatter {
public:
    line_formatter(std::string service, bool json) : service_(std::move(service)), json_(json) {}

    void format(const spdlog::details::log_msg& msg, spdlog::memory_buf_t& dest) override {
        const auto since_epoch = msg.time.time_since_epoch();
        const log_line line{
            std::chrono::duration_cast<std::chrono::microseconds>(since_epoch).count(),
            severity_name(msg.level),
            service_,
            {msg.payload.data(), msg.payload.size()},
            current_call.trace,
            current_call.fields
        };
        const std::string text = json_ ? json_line(line) : text_line(line);
        dest.append(text.data(), text.data() + text.size());
    }

    std::unique_ptr<spdlog::formatter> clone() const override {
        return std::make_unique<line_formatter>(service_, json_);
    }

private:
    std::string service_;
    bool json_;
};

void write_all(std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
        if (written > 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
        } else if (errno == EAGAIN) {
            pollfd ready{STDERR_FILENO, POLLOUT, 0};
            ::poll(&ready, 1, 1000);
        } else if (errno != EINTR) {
            return;  // nobody reads standard error any more, and there is no other place to say so
        }
    }
}

class stderr_sink : public spdlog::sinks::base_sink<std::mutex> {
public:
    ~stderr_sink() override { write_buffer(); }

protected:
    void sink_it_(const spdlog::details::log_msg& msg) override {
        spdlog::memory_buf_t line;
        formatter_->format(msg, line);
        buffer_.append(line.data(), line.size());
        const auto now = std::chrono::steady_clock::now();
        const bool quiet = now - written_at_ >= flush_every;
        if (msg.level >= spdlog::level::warn || quiet || buffer_.size() >= buffer_max_bytes) write_buffer();
    }
    void flush_() override { write_buffer(); }

private:
    void write_buffer() {
        write_all(buffer_);
        buffer_.clear();
        written_at_ = std::chrono::steady_clock::now();
    }

    std::string buffer_;
    std::chrono::steady_clock::time_point written_at_{};
};

spdlog::level::level_enum parse_level(const std::string& name) {
    if (name == "trace") return spdlog::level::trace;
    if (name == "debug") return spdlog::level::debug;
    if (name == "info") return spdlog::level::info;
    if (name == "warn") return spdlog::level::warn;
    if (name == "error") return spdlog::level::err;
    throw std::invalid_argument("log level \"" + name + "\" is none of trace, debug, info, warn, error");
}

spdlog::level::level_enum to_spdlog(level severity) {
    switch (severity) {
        case level::debug:
            return spdlog::level::debug;
        case level::info:
            return spdlog::level::info;
        case level::warn:
            return spdlog::level::warn;
        case level::error:
            return spdlog::level::err;
    }
    return spdlog::level::err;
}

std::atomic<bool> configured{false};

// Tests and tools log without configuring: they get the defaults.
void configure_if_needed() {
    if (configured.load(std::memory_order_acquire)) return;
    static std::once_flag once;
    std::call_once(once, [] {
        if (!configured.load(std::memory_order_acquire)) configure_logs({});
    });
}

}  // namespace

void configure_logs(const log_options& options) {
    if (options.format != "json" && options.format != "text") {
        throw std::invalid_argument("log format \"" + options.format + "\" is neither json nor text");
    }
    auto sink = std::make_shared<stderr_sink>();
    auto logger = std::make_shared<spdlog::logger>("esm", std::move(sink));
    logger->set_formatter(std::make_unique<line_formatter>(options.service, options.format == "json"));
    logger->set_level(parse_level(options.level));
    spdlog::set_default_logger(std::move(logger));
    if (!configured.exchange(true, std::memory_order_acq_rel)) spdlog::flush_every(flush_every);
}

void log(
    level severity, std::string_view message, const trace_context& trace, std::initializer_list<field> fields
) {
    configure_if_needed();
    auto* logger = spdlog::default_logger_raw();
    const auto spdlog_level = to_spdlog(severity);
    if (!logger->should_log(spdlog_level)) return;
    current_call = {&trace, {fields.begin(), fields.size()}};
    logger->log(spdlog_level, spdlog::string_view_t(message.data(), message.size()));
    current_call = {};
}

void log(level severity, std::string_view message, std::initializer_list<field> fields) {
    static const trace_context none;
    log(severity, message, none, fields);
}

}  // namespace esm::observe
