// `esm notifications list|show|tail|resend`: what was sent to whom and how it went.
#include <fmt/format.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <map>
#include <thread>

#include "app/notifications_commands.hpp"
#include "app/paged_list.hpp"
#include "app/tasks_commands.hpp"
#include "app/terminal.hpp"
#include "platform/base/clock.hpp"
#include "platform/base/utf8.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;
using table = std::vector<std::vector<std::string>>;
using namespace std::chrono_literals;

constexpr std::size_t error_max_bytes = 60;  // in a list; `show` has it whole

struct list_options : page_options {
    std::string channel, status, event_type;
};

struct one_options {
    std::int64_t id{0};
    bool as_json{false};
};

struct tail_options {
    std::string channel, event_type;
    std::size_t lines{10};
    bool as_json{false};
};

std::string path_of(std::int64_t id, std::string_view rest = {}) {
    return fmt::format("/notifications/{}{}", id, rest);
}

table notification_rows(const bj::array& notifications) {
    table rows;
    for (const auto& each : notifications) {
        const auto& notification = each.as_object();
        auto& row = rows.emplace_back();
        for (const auto* name :
             {"notificationId", "channel", "eventType", "recipient", "status", "attempts", "createdAt"}) {
            row.push_back(shown(notification, name));
        }
        row.emplace_back(cut_utf8(shown(notification, "errorMessage"), error_max_bytes));
    }
    return rows;
}

void list(const list_options& given) {
    std::string path = "/notifications";
    add_parameter(path, "channel", given.channel);
    add_parameter(path, "status", given.status);
    add_parameter(path, "eventType", given.event_type);
    const std::vector<std::string> head{
        "ID", "CHANNEL", "EVENT", "RECIPIENT", "STATUS", "ATTEMPTS", "CREATED", "ERROR"
    };
    print_pages({api::notifications, path, "notifications", head, notification_rows}, given);
}

void show(const one_options& given) {
    const auto answer = api_client().call(api::notifications, "GET", path_of(given.id));
    if (given.as_json) {
        std::cout << bj::serialize(answer) << '\n';
        return;
    }
    const auto& notification = answer.as_object().at("notification").as_object();
    table rows;
    for (const auto& member : notification) {
        if (member.key() != "attemptLog")
            rows.push_back({std::string(member.key()), shown(notification, member.key())});
    }
    print_table(rows);
    const auto& attempts = notification.at("attemptLog").as_array();
    if (attempts.empty()) return;
    std::cout << '\n';
    print_table(rows_of(
        attempts,
        {"ATTEMPT", "STARTED", "FINISHED", "OUTCOME", "PROVIDER", "ANSWER"},
        {"number", "startedAt", "finishedAt", "outcome", "provider", "errorMessage"}
    ));
}

void resend(const one_options& given) {
    const auto answer = api_client().call(api::notifications, "POST", path_of(given.id, "/resend"));
    if (given.as_json) {
        std::cout << bj::serialize(answer) << '\n';
        return;
    }
    std::cout << shown(answer.as_object().at("notification").as_object(), "notificationId") << '\n';
}

volatile std::sig_atomic_t interrupted = 0;

void note_interrupt(int) {
    interrupted = 1;
}

bool has_colours() {
    const char* const refused = std::getenv("NO_COLOR");
    return isatty(STDOUT_FILENO) != 0 && (refused == nullptr || *refused == '\0');
}

std::string_view style_of(std::string_view status) {
    if (status == "sent" || status == "delivered") return "\x1b[32m";
    if (status == "failed" || status == "bounced") return "\x1b[31m";
    if (status == "retrying" || status == "suppressed") return "\x1b[33m";
    return "\x1b[2m";
}

// Follows the list. Ids are given in order but not committed so: those a little older than the newest one are
// read again and again, and so are those that have not ended, within bounds.
class tail_reader {
public:
    explicit tail_reader(const tail_options& given) : given_(given) {
        add_parameter(path_, "channel", given.channel);
        add_parameter(path_, "eventType", given.event_type);
        add_parameter(path_, "limit", "500");
    }

    void run() {
        begin();
        while (interrupted == 0) {
            std::this_thread::sleep_for(period);
            if (interrupted == 0) look();
        }
        throw client_failed(client_exit::interrupted, "interrupted");
    }

private:
    static constexpr auto period = 1s;
    static constexpr std::int64_t behind_newest = 500;
    static constexpr std::int64_t reach = 5'000;

    // What is there already is known, and the last of it shown.
    void begin() {
        const auto page = read_page({}, 1);
        const auto& all = page.at("notifications").as_array();
        for (std::size_t i = all.size(); i-- > 0;) {
            const auto& each = all[i].as_object();
            note(each, i < given_.lines);
        }
        oldest_ = newest_ + 1 - static_cast<std::int64_t>(known_.size());
        if (!known_.empty()) oldest_ = known_.begin()->first;
    }

    void look() {
        const auto floor = floor_id();
        std::vector<bj::object> news;
        std::string cursor;
        do {
            const auto page = read_page(cursor, floor);
            cursor = shown(page, "nextCursor");
            for (const auto& each : page.at("notifications").as_array()) news.push_back(each.as_object());
        } while (!cursor.empty() && interrupted == 0);
        for (auto each = news.rbegin(); each != news.rend(); ++each) note(*each, true);
        known_.erase(known_.begin(), known_.lower_bound(floor));
    }

    std::int64_t floor_id() const {
        auto floor = newest_ - behind_newest;
        for (const auto& [id, state] : known_) {
            if (is_open(state.status)) {
                floor = std::min(floor, id);
                break;
            }
        }
        return std::max<std::int64_t>({floor, newest_ - reach, oldest_, 1});
    }

    static bool is_open(std::string_view status) {
        return status == "pending" || status == "sending" || status == "retrying";
    }

    bj::object read_page(const std::string& cursor, std::int64_t from_id) {
        auto path = path_;
        add_parameter(path, "fromId", std::to_string(from_id));
        add_parameter(path, "cursor", cursor);
        return client_.call(api::notifications, "GET", path).as_object();
    }

    static std::int64_t id_of(const bj::object& of) { return of.at("notificationId").as_int64(); }

    void note(const bj::object& now, bool is_shown) {
        const auto id = id_of(now);
        newest_ = std::max(newest_, id);
        const state is{shown(now, "status"), shown(now, "attempts")};
        auto& before = known_[id];
        if (before == is) return;
        before = is;
        if (is_shown) print(now);
    }

    void print(const bj::object& now) const {
        if (given_.as_json) {
            std::cout << bj::serialize(now) << std::endl;
            return;
        }
        const auto status = shown(now, "status");
        const auto mark = has_colours() ? style_of(status) : std::string_view();
        auto line = fmt::format(
            "{}  {}  {:<7}  {:<10}  {}  {}",
            shown(now, "createdAt").substr(0, 19),
            shown(now, "notificationId"),
            shown(now, "channel"),
            status,
            shown(now, "eventType"),
            shown(now, "recipient")
        );
        if (const auto why = shown(now, "errorMessage"); !why.empty()) line += "  " + why;
        line = harmless(line);
        std::cout << mark << line << (mark.empty() ? "" : "\x1b[0m") << std::endl;
    }

    struct state {
        std::string status, attempts;
        bool operator==(const state&) const = default;
    };

    const tail_options& given_;
    std::string path_{"/notifications"};
    api_client client_;
    std::map<std::int64_t, state> known_;
    std::int64_t newest_{0}, oldest_{0};
};

void tail(const tail_options& given) {
    std::signal(SIGINT, note_interrupt);
    std::signal(SIGTERM, note_interrupt);
    tail_reader(given).run();
}

CLI::Option* add_notification_id(CLI::App& command, std::int64_t& id) {
    return command.add_option("id", id, "The notification's id")
        ->required()
        ->check(task_id_range)
        ->type_name("ID");
}

void add_list(CLI::App& notifications, action& chosen) {
    auto* command = notifications.add_subcommand(
        "list", "What was sent to you, newest first; to all, for administrators"
    );
    auto given = std::make_shared<list_options>();
    command->add_option("--channel", given->channel, "email, sms, push, webhook or in_app");
    command->add_option("--status", given->status, "As in sent, retrying, failed");
    command->add_option("--event-type", given->event_type, "As in task.completed.v1");
    add_page_options(*command, *given);
    command->footer(
        "Examples:\n  esm notifications list --status failed\n"
        "  esm notifications list --all --json | jq -r '.notifications[].recipient'"
    );
    run_on_parse(*command, chosen, given, list);
}

void add_tail(CLI::App& notifications, action& chosen) {
    auto* command = notifications.add_subcommand("tail", "Show notifications as they come and change");
    auto given = std::make_shared<tail_options>();
    command->add_option("-n,--lines", given->lines, "How many of those that are there already")
        ->check(CLI::Range(0, 500))
        ->capture_default_str()
        ->type_name("N");
    command->add_option("--channel", given->channel, "email, sms, push, webhook or in_app");
    command->add_option("--event-type", given->event_type, "As in task.completed.v1");
    command->add_flag("--json", given->as_json, "Each as a line of JSON");
    command->footer(
        "Asks every second, until Ctrl-C (exit status 130). What comes and changes in between is shown "
        "once.\n"
        "Examples:\n  esm notifications tail\n  esm notifications tail -n 0 --json | jq -r .status"
    );
    run_on_parse(*command, chosen, given, tail);
}

}  // namespace

void add_notifications_log(CLI::App& notifications, action& chosen) {
    add_list(notifications, chosen);

    auto* one = notifications.add_subcommand("show", "Show a notification and each attempt to send it");
    auto wanted = std::make_shared<one_options>();
    add_notification_id(*one, wanted->id);
    add_json_flag(*one, wanted->as_json);
    one->footer(
        "Examples:\n  esm notifications show 1042\n  esm notifications show 1042 --json | jq .notification"
    );
    run_on_parse(*one, chosen, wanted, show);

    add_tail(notifications, chosen);

    auto* again = notifications.add_subcommand(
        "resend", "Send a notification's content again, as a new one; for administrators"
    );
    auto resent = std::make_shared<one_options>();
    add_notification_id(*again, resent->id);
    add_json_flag(*again, resent->as_json);
    again->footer("Example:\n  esm notifications resend 1042");
    run_on_parse(*again, chosen, resent, resend);
}

}  // namespace esm::app
