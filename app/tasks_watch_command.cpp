// `esm tasks watch`: a live table at a terminal, a line a change elsewhere.
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>

#include "app/event_feed.hpp"
#include "app/task_table.hpp"
#include "app/tasks_commands.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;
using namespace std::chrono_literals;

constexpr std::size_t ids_max = 50;  // each is a connection
constexpr std::chrono::milliseconds frame_time = 100ms;
constexpr std::chrono::milliseconds plain_time = 500ms;

volatile std::sig_atomic_t interrupted = 0;

void note_interrupt(int) {
    interrupted = 1;
}

bool is_set(const char* name) {
    const char* const value = std::getenv(name);
    return value != nullptr && *value != '\0';
}

// The first of them that is set decides (POSIX, Internationalization Variables).
bool has_unicode() {
    for (const auto* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        if (!is_set(name)) continue;
        std::string text = std::getenv(name);
        std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) {
            return std::toupper(c);
        });
        return text.find("UTF-8") != std::string::npos || text.find("UTF8") != std::string::npos;
    }
    return false;
}

bool is_live_terminal() {
    const char* const kind = std::getenv("TERM");
    return isatty(STDOUT_FILENO) != 0 && kind != nullptr && std::string_view(kind) != "dumb";
}

table_look look_of_terminal() {
    table_look look;
    look.colours = !is_set("NO_COLOR");
    look.unicode = has_unicode();
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 1) {
        look.columns = size.ws_col;
        look.rows = size.ws_row - 1U;  // the cursor stands below
    }
    return look;
}

// The part of the terminal that is drawn again and again. As long as it lives the cursor is hidden, and a
// line that is too long is cut off, not broken: the count of lines has to be right.
class live_area {
public:
    live_area() { std::cout << "\x1b[?25l\x1b[?7l"; }
    ~live_area() { std::cout << "\x1b[?25h\x1b[?7h" << std::flush; }
    live_area(const live_area&) = delete;
    live_area& operator=(const live_area&) = delete;

    void draw(const std::vector<std::string>& lines) {
        std::string text;
        if (drawn_ > 0) text += fmt::format("\x1b[{}A", drawn_);
        text += '\r';
        for (const auto& each : lines) text += each + "\x1b[K\n";
        text += "\x1b[J";
        drawn_ = lines.size();
        std::cout << text << std::flush;
    }

private:
    std::size_t drawn_{0};
};

class task_watcher {
public:
    task_watcher(api_client& client, const watch_request& what) : what_(what), feed_(client) {
        if (what.all) {
            std::string path = "/tasks/events";
            add_parameter(path, "userId", what.user_id);
            feed_.follow(path, [this](const server_event& event) { return take(event); });
        }
        for (const auto id : what.ids) {
            feed_.follow(task_path(id, "/events"), [this](const server_event& event) { return take(event); });
        }
    }

    void run() {
        if (!what_.quiet && !what_.as_json && is_live_terminal()) return run_live();
        while (!is_done()) wait(plain_time);
    }

    // Says so by its exit status that something did not complete.
    void conclude() const {
        const auto failed = std::count_if(tasks_.begin(), tasks_.end(), [](const auto& each) {
            return has_failed(each.second);
        });
        if (failed == 0) return;
        const auto text = fmt::format("{} of {} tasks did not complete", failed, tasks_.size());
        throw client_failed(client_exit::refused, tasks_.size() == 1 ? "the task did not complete" : text);
    }

private:
    void wait(std::chrono::milliseconds patience) {
        feed_.poll(patience);
        if (interrupted != 0) {
            throw client_failed(client_exit::interrupted, "interrupted; the tasks themselves go on");
        }
    }

    void run_live() {
        live_area area;
        std::size_t frame = 0;
        while (!is_done()) {
            wait(frame_time);
            const auto note = feed_.is_reconnecting() ? "reconnecting" : "";
            if (!tasks_.empty() || frame > 0)
                area.draw(draw_tasks(lines(), look_of_terminal(), now_us(), frame, note));
            ++frame;
        }
        // What stays behind is whole, whatever the height of the terminal.
        auto look = look_of_terminal();
        look.rows = tasks_.size() <= look.rows ? 0 : look.rows;
        area.draw(draw_tasks(lines(), look, now_us(), 0));
    }

    bool is_done() const {
        if (what_.all ? !is_current_ : tasks_.size() < what_.ids.size()) return false;
        return std::all_of(tasks_.begin(), tasks_.end(), [](const auto& each) {
            return has_ended(each.second);
        });
    }

    // False once the stream of one task has told its end.
    bool take(const server_event& event) {
        if (event.type == "current") is_current_ = true;
        if (event.type == "current" || event.type == "end") return true;
        boost::system::error_code failure;
        const auto content = bj::parse(event.data, failure);
        const auto* task =
            !failure && content.is_object() ? content.get_object().if_contains("task") : nullptr;
        if (task == nullptr || !task->is_object()) {
            throw client_failed(client_exit::refused, "the server sent an event that is no task");
        }
        auto line = read_task_line(task->get_object());
        auto& known = tasks_[line.id];
        const bool is_news = known.version < line.version;
        if (is_news) known = std::move(line);
        if (is_news && what_.as_json) std::cout << event.data << std::endl;
        if (is_news && !what_.as_json && !what_.quiet && !is_live_terminal()) {
            std::cout << plain_line(known) << std::endl;
        }
        return what_.all || !has_ended(known);
    }

    std::vector<task_line> lines() const {
        std::vector<task_line> all;
        for (const auto& [id, line] : tasks_) all.push_back(line);
        return all;
    }

    const watch_request& what_;
    event_feed feed_;
    std::map<std::int64_t, task_line> tasks_;
    bool is_current_{false};
};

struct watch_options {
    std::vector<std::int64_t> ids;
    bool all{false};
    std::string user_id;
    bool as_json{false};
};

void watch(const watch_options& given) {
    api_client client;
    watch_request what{given.ids, given.all, given.user_id, given.as_json, false};
    std::sort(what.ids.begin(), what.ids.end());
    what.ids.erase(std::unique(what.ids.begin(), what.ids.end()), what.ids.end());
    watch_tasks(client, what);
}

}  // namespace

void watch_tasks(api_client& client, const watch_request& what) {
    // Ctrl-C leaves a terminal as it was.
    std::signal(SIGINT, note_interrupt);
    std::signal(SIGTERM, note_interrupt);
    task_watcher watcher(client, what);
    watcher.run();
    watcher.conclude();
}

void add_tasks_watch(CLI::App& tasks, action& chosen) {
    auto* command = tasks.add_subcommand("watch", "Show tasks as they change, until all have ended");
    auto given = std::make_shared<watch_options>();
    auto* ids = command->add_option("id", given->ids, "Ids of tasks, up to 50")->check(task_id_range);
    ids->expected(-1)->type_name("ID");
    auto* all =
        command->add_flag("--all", given->all, "All that have not ended, and what is created meanwhile");
    all->excludes(ids);
    command->add_option("--user", given->user_id, "With --all: the tasks of this user id, for administrators")
        ->needs(all)
        ->type_name("ID");
    command->add_flag("--json", given->as_json, "Each change as a line of JSON");
    command->footer(
        "At a terminal the tasks are a table that is drawn anew, elsewhere each change is a line. A lost "
        "connection is "
        "made\nagain by itself. Exit status 1 where a task failed, was cancelled or ran out of time; 130 on "
        "Ctrl-C.\n"
        "Examples:\n"
        "  esm tasks watch 1042 1043\n"
        "  esm tasks watch --all\n"
        "  esm tasks watch 1042 --json | jq -r .task.status"
    );
    command->callback([given, &chosen] {
        if (given->ids.empty() && !given->all)
            throw CLI::ValidationError("watch", "give the ids of tasks, or --all");
        if (given->ids.size() > ids_max)
            throw CLI::ValidationError("watch", "at most 50 ids; --all has no limit");
        chosen = [given] { return run_client([&] { watch(*given); }); };
    });
}

}  // namespace esm::app
