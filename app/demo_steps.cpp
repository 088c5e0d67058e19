// See demo_steps.hpp.
#include "app/demo_steps.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "app/demo_mailbox.hpp"
#include "eventstreammonitor/auth/v1/auth.grpc.pb.h"
#include "platform/base/random.hpp"
#include "platform/grpc/client.hpp"

namespace esm::app {

namespace {

namespace bj = boost::json;

constexpr auto patience = std::chrono::seconds(30);
constexpr std::string_view base = "/api/v1/eventstreammonitor";

// Ends the demo: what was expected and what came instead.
class step_failed : public std::runtime_error {
public:
    using std::runtime_error::runtime_error;
};

void expect(bool holds, const std::string& otherwise) {
    if (!holds) throw step_failed(otherwise);
}

// Asks until `done` answers true.
template <class Check>
void wait_until(Check done, const std::string& what) {
    const auto until = std::chrono::steady_clock::now() + patience;
    while (!done()) {
        expect(std::chrono::steady_clock::now() < until, what + " did not happen within 30 s");
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

class demo {
public:
    demo(const demo_system& system, event_collector& seen) : system_(system), seen_(seen) {}

    int run();

private:
    using method = void (demo::*)();
    void step(const std::string& title, method body);

    void all_ready();
    void register_visitor();
    void registration_event();
    void welcome_mail();
    void log_in();
    void generate_token();
    void validate_token();
    void create_task();
    void see_it_run();
    void cancel_scheduled();
    void list_tasks();
    void task_events();
    void completion_mail();
    void notification_log();

    http_answer call(std::string method, const std::string& url, const std::string& body = {}) const;
    bj::object call_json(
        long expected, std::string method, const std::string& url, const std::string& body = {}
    );
    bj::object fetch_task(const std::string& id);
    std::string api(const std::string& root, std::string_view path) const {
        return fmt::format("{}{}{}", root, base, path);
    }

    const demo_system& system_;
    event_collector& seen_;
    int steps_{0};
    std::string name_{"demo_" + random_hex(4)};
    std::string email_{name_ + "@example.org"};
    std::string password_{random_base64url(15)};
    std::string request_id_;
    std::string user_id_, token_, task_id_, cancelled_id_;
    std::string registration_trace_, task_trace_, cancelled_trace_;
    std::string note_;
};

http_answer demo::call(std::string method, const std::string& url, const std::string& body) const {
    http_call request{std::move(method), url, {"X-Request-Id: " + request_id_}, body};
    if (!body.empty()) request.headers.emplace_back("Content-Type: application/json");
    if (!token_.empty()) request.headers.push_back("Authorization: Bearer " + token_);
    return send(request);
}

bj::object demo::call_json(
    long expected, std::string method, const std::string& url, const std::string& body
) {
    const auto answer = call(method, url, body);
    expect(
        answer.status == expected,
        fmt::format(
            "{} {} answered {} instead of {}: {}",
            method,
            url,
            answer.status,
            expected,
            answer.status == 0 ? answer.error : answer.body
        )
    );
    return bj::parse(answer.body).as_object();
}

void demo::step(const std::string& title, method body) {
    request_id_ = "demo-" + random_hex(8);
    note_.clear();
    const auto begun = std::chrono::steady_clock::now();
    (this->*body)();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
    std::cout << fmt::format("{:>3}  {:<58} {:>9.1f} ms  {}", ++steps_, title, took.count(), note_)
              << std::endl;
}

void demo::all_ready() {
    for (const auto* url :
         {&system_.users_url, &system_.auth_url, &system_.tasks_url, &system_.notifications_url}) {
        wait_until([&] { return call("GET", *url + "/readyz").status == 200; }, *url + "/readyz");
    }
}

void demo::register_visitor() {
    const bj::object body{
        {"username", name_},
        {"email", email_},
        {"password", password_},
        {"firstName", "Demo"},
        {"lastName", "Visitor"},
    };
    const auto answer =
        call_json(201, "POST", api(system_.users_url, "/users/register"), bj::serialize(body));
    user_id_ = std::to_string(answer.at("user").at("userId").to_number<std::int64_t>());
    registration_trace_ = request_id_;
    note_ = "userId " + user_id_;
}

void demo::registration_event() {
    expect(
        seen_.wait_for({"user.registered.v1"}, user_id_, registration_trace_, patience),
        "user.registered.v1 did not come on user-registration-events with the request's correlation id"
    );
}

void demo::welcome_mail() {
    wait_until([&] { return !mails_to(system_.mailbox, email_).empty(); }, "a mail to " + email_);
    note_ = mails_to(system_.mailbox, email_).front().header("Subject");
}

void demo::log_in() {
    const bj::object body{{"username", name_}, {"password", password_}};
    const auto answer = call_json(200, "POST", api(system_.auth_url, "/auth/login"), bj::serialize(body));
    expect(answer.at("tokenType") == "Bearer" && answer.contains("refreshToken"), "login gave no token pair");
    token_ = answer.at("accessToken").as_string();
}

void demo::generate_token() {
    const bj::object body{{"userId", std::stoll(user_id_)}, {"username", name_}, {"password", password_}};
    const auto answer =
        call_json(200, "POST", api(system_.auth_url, "/auth/generateToken"), bj::serialize(body));
    token_ = answer.at("accessToken").as_string();
}

void demo::validate_token() {
    namespace proto = ::eventstreammonitor::auth::v1;
    const auto stub = proto::TokenService::NewStub(grpc_client::connect({system_.auth_grpc_target}));
    proto::ValidateTokenRequest request;
    request.set_access_token(token_);
    proto::ValidateTokenResponse reply;
    ::grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + patience);
    context.AddMetadata("authorization", "Bearer " + system_.service_token());
    const auto status = stub->ValidateToken(&context, request, &reply);
    expect(status.ok(), "TokenService.ValidateToken: " + status.error_message());
    expect(reply.active() && std::to_string(reply.user_id()) == user_id_, "the token is not active");
}

void demo::create_task() {
    static constexpr std::string_view body = R"({"taskType":"data_processing","priority":"high","parameters":{
        "format":"csv",
        "csv":"city,country,sales\nRome,IT,7\nOslo,NO,3\nMilan,IT,5\nBergen,NO,1\nParis,FR,2\n",
        "steps":[{"op":"filter","column":"sales","operator":"ge","value":2},
                 {"op":"group","by":["country"],
                  "aggregates":[{"column":"sales","function":"sum","as":"total"}]},
                 {"op":"sort","by":[{"column":"total","direction":"desc"}]}]}})";
    const auto answer = call_json(201, "POST", api(system_.tasks_url, "/tasks"), std::string(body));
    const auto& task = answer.at("task");
    task_id_ = std::to_string(task.at("taskId").to_number<std::int64_t>());
    task_trace_ = request_id_;
    note_ = task.at("taskReference").as_string();
}

bj::object demo::fetch_task(const std::string& id) {
    return call_json(200, "GET", api(system_.tasks_url, "/tasks/" + id)).at("task").as_object();
}

void demo::see_it_run() {
    bj::object task;
    wait_until(
        [&] {
            task = fetch_task(task_id_);
            expect(
                task.at("status") != "failed", "the task failed: " + bj::serialize(task.at("errorMessage"))
            );
            return task.at("status") == "completed";
        },
        "completion of the task"
    );
    expect(task.at("progress").to_number<int>() == 100, "a completed task shows less than 100 %");
    const auto& rows = task.at("result").at("rows").as_array();
    expect(
        rows.size() == 3 && rows.front().at("country") == "IT" &&
            rows.front().at("total").to_number<double>() == 12,
        "the result is wrong: " + bj::serialize(rows)
    );
    note_ = bj::serialize(rows);
}

void demo::cancel_scheduled() {
    const bj::object body{
        {"taskType", "data_processing"},
        {"runAt", format_instant(now_us() + 3'600'000'000)},
        {"parameters", bj::parse(R"({"format":"json","rows":[{"n":1}],"steps":[{"op":"limit","count":1}]})")},
    };
    const auto created = call_json(201, "POST", api(system_.tasks_url, "/tasks"), bj::serialize(body));
    expect(created.at("task").at("status") == "scheduled", "a task for later is not scheduled");
    cancelled_id_ = std::to_string(created.at("task").at("taskId").to_number<std::int64_t>());
    cancelled_trace_ = request_id_;
    const auto url = api(system_.tasks_url, "/tasks/" + cancelled_id_ + "/cancel");
    const auto cancelled = call_json(200, "PUT", url);
    expect(cancelled.at("task").at("status") == "cancelled", "the task was not cancelled");
    expect(call("PUT", url).status == 409, "cancelling it again is no conflict");
}

void demo::list_tasks() {
    const auto first = call_json(200, "GET", api(system_.tasks_url, "/tasks?limit=1"));
    expect(first.at("tasks").as_array().size() == 1, "a page of 1 has not 1 task");
    const std::string cursor(first.at("pagination").at("nextCursor").as_string());
    const auto second = call_json(200, "GET", api(system_.tasks_url, "/tasks?limit=1&cursor=" + cursor));
    expect(second.at("tasks").as_array().size() == 1, "the second page is empty");
    const auto done = call_json(200, "GET", api(system_.tasks_url, "/tasks?status=completed"));
    expect(done.at("tasks").as_array().size() == 1, "the filter status=completed does not find 1 task");
    expect(
        call("GET", api(system_.tasks_url, "/tasks?cursor=made-up")).status == 400,
        "a made-up cursor is taken"
    );
}

void demo::task_events() {
    expect(
        seen_.wait_for(
            {"task.created.v1", "task.started.v1", "task.completed.v1"}, task_id_, task_trace_, patience
        ),
        "not every transition of the completed task is on task-processing-events"
    );
    expect(
        seen_.wait_for({"task.created.v1"}, cancelled_id_, cancelled_trace_, patience) &&
            seen_.wait_for({"task.cancelled.v1"}, cancelled_id_, cancelled_trace_, patience),
        "not every transition of the cancelled task is on task-processing-events"
    );
}

void demo::completion_mail() {
    wait_until([&] { return mails_to(system_.mailbox, email_).size() >= 2; }, "a second mail to " + email_);
    note_ = mails_to(system_.mailbox, email_).back().header("Subject");
}

void demo::notification_log() {
    const auto url = api(system_.notifications_url, "/notifications?status=sent");
    wait_until(
        [&] { return call_json(200, "GET", url).at("notifications").as_array().size() >= 2; },
        "two rows with status sent in the notification log"
    );
    const auto log = call_json(200, "GET", url);
    for (const auto& each : log.at("notifications").as_array()) {
        const auto trace = each.at("correlationId").as_string();
        expect(
            trace == registration_trace_ || trace == task_trace_,
            "a mail does not carry the correlation id of the request that led to it"
        );
    }
}

int demo::run() {
    int failed = 0;
    try {
        step("all four services are ready", &demo::all_ready);
        step("a visitor registers", &demo::register_visitor);
        step("user.registered.v1 is on user-registration-events", &demo::registration_event);
        step("the welcome mail is there", &demo::welcome_mail);
        step("login gives an access and a refresh token", &demo::log_in);
        step("generateToken gives an access token", &demo::generate_token);
        step("TokenService.ValidateToken knows it, over gRPC", &demo::validate_token);
        step("a data_processing task is created", &demo::create_task);
        step("it ran and has the right result", &demo::see_it_run);
        step("a scheduled task is cancelled", &demo::cancel_scheduled);
        step("tasks are listed by filter and cursor", &demo::list_tasks);
        step("every transition is on task-processing-events", &demo::task_events);
        step("the completion mail is there", &demo::completion_mail);
        step("the notification log says sent, with correlation ids", &demo::notification_log);
    } catch (const std::exception& problem) {
        failed = 1;
        std::cout << fmt::format("{:>3}  FAILED: {}", ++steps_, problem.what()) << std::endl;
    }
    print_mails(mails_to(system_.mailbox, email_));
    std::cout << fmt::format("demo: {} steps, {} failed", steps_, failed) << std::endl;
    return failed;
}

}  // namespace

int run_demo(const demo_system& system, event_collector& seen) {
    return demo(system, seen).run();
}

}  // namespace esm::app
