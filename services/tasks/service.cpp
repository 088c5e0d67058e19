// See service.hpp.
#include "services/tasks/service.hpp"

#include "platform/db/sql.hpp"
#include "platform/events/consumer.hpp"
#include "platform/events/sql.hpp"
#include "platform/http/sql.hpp"
#include "platform/lease/sql.hpp"
#include "platform/outbox/publishing.hpp"
#include "platform/outbox/sql.hpp"
#include "platform/personal_data/sql.hpp"
#include "services/tasks/erase_user.hpp"
#include "services/tasks/events.hpp"
#include "services/tasks/export_tasks.hpp"
#include "services/tasks/grpc_service.hpp"
#include "services/tasks/handlers/data/read_limits.hpp"
#include "services/tasks/handlers/data_export/data_export.hpp"
#include "services/tasks/handlers/data_processing/data_processing.hpp"
#include "services/tasks/handlers/report_generation/read_options.hpp"
#include "services/tasks/housekeeping.hpp"
#include "services/tasks/known_users.hpp"
#include "services/tasks/own_records.hpp"
#include "services/tasks/routes.hpp"
#include "services/tasks/sql.hpp"
#include "services/tasks/task_runner.hpp"

namespace esm::tasks {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view consumer_group = "tasks";

task_runner_options read_runner_options(const config& settings) {
    task_runner_options options;
    options.slots_max = static_cast<std::size_t>(settings.worker_slots_max);
    options.threads = static_cast<unsigned>(settings.worker_threads);
    options.lost_attempts_max = settings.lost_attempts_max;
    options.lease = milliseconds(settings.lease_ms);
    options.poll = milliseconds(settings.poll_ms);
    options.rescue_every = milliseconds(settings.rescue_every_ms);
    options.backoff_first = milliseconds(settings.backoff_first_ms);
    options.backoff_max = milliseconds(settings.backoff_max_ms);
    return options;
}

handler_set make_handlers(const config& settings) {
    handler_set handlers;
    const auto bounds = data::read_limits(settings);
    handlers.add(data_processing::make_handler(bounds));
    handlers.add(data_export::make_handler(bounds));
    handlers.add(report_generation::make_handler(report_generation::read_options(settings)));
    return handlers;
}

}  // namespace

struct service::parts {
    explicit parts(service_deps deps)
        : handlers(make_handlers(deps.settings)),
          records{
              deps.runtime,
              [this](const context& ctx, std::int64_t user_id, std::string cursor) {
                  return export_tasks(database, user_id, std::move(cursor), ctx.until);
              },
              deps.notifications,
              static_cast<std::uint64_t>(deps.settings.records_max_bytes)
          },
          publishing(deps.runtime, deps.database, deps.log, deps.metrics),
          runner(
              {deps.runtime, deps.database, handlers, publishing.writer(), deps.metrics},
              read_runner_options(deps.settings)
          ),
          creating(
              {deps.runtime,
               deps.database,
               handlers,
               publishing.writer(),
               deps.metrics,
               [this] { runner.wake(); },
               deps.settings.parameters_max_bytes}
          ),
          reading(deps.runtime, deps.database),
          cancelling(deps.database, publishing.writer()),
          erasing(deps.runtime, deps.database, "tasks", erase_some),
          knowing(erasing),
          users(
              deps.runtime,
              deps.log,
              deps.database,
              {.group = std::string(consumer_group), .topics = {std::string(user_topic)}},
              [this](db::transaction& tx, const events::event& cause) { return knowing.apply(tx, cause); }
          ),
          tidying(deps.runtime, deps.database, deps.metrics),
          routes{{creating, deps.database}, {deps.database}, {reading}, {cancelling}, {handlers}},
          grpc(make_grpc_service({deps.callers, deps.database, creating, reading, cancelling})),
          database(deps.database) {
        events::show(deps.metrics, std::string(consumer_group), users);
        lease::show(deps.metrics, std::string(builtin_queue), [this] { return runner.stats(); });
    }

    handler_set handlers;
    record_sources records;
    outbox::publishing publishing;
    task_runner runner;
    create_task creating;
    get_task reading;
    cancel_task cancelling;
    personal_data::erasure erasing;
    known_users knowing;
    events::consumer users;
    housekeeping tidying;
    route_deps routes;
    std::unique_ptr<::grpc::Service> grpc;
    db::database& database;
};

service::service(service_deps deps) : parts_(std::make_unique<parts>(deps)) {}
service::~service() = default;

std::vector<http::route> service::routes() {
    return route_table(parts_->routes);
}
std::vector<::grpc::Service*> service::grpc_services() {
    return {parts_->grpc.get()};
}

std::vector<db::migration_set> service::migrations() {
    return {
        {"outbox", outbox::migrations},
        {"inbox", events::migrations},
        {"lease", lease::migrations},
        {"idempotency", http::migrations},
        {"id_block", db::migrations},
        {"personal_data", personal_data::migrations},
        {"tasks", esm::tasks::migrations},
    };
}

std::vector<std::string> service::topics() {
    return {std::string(task_topic)};
}
std::vector<http::dependency> service::dependencies() {
    return {};
}

void service::start() {
    parts_->publishing.start(0);
    parts_->runner.start(0);
    parts_->users.start(0);
    parts_->erasing.start();
    parts_->tidying.start();
}

awaitable<void> service::stop() {
    co_await parts_->tidying.stop();
    co_await parts_->users.stop();
    co_await parts_->erasing.stop();
    co_await parts_->runner.stop();
    co_await parts_->publishing.stop();
}

awaitable<result<personal_data::export_page>> service::export_user(
    const context& ctx, std::int64_t user_id, std::string cursor
) {
    return export_tasks(parts_->database, user_id, std::move(cursor), ctx.until);
}

}  // namespace esm::tasks
