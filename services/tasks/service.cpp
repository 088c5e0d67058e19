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
#include "services/tasks/export_user.hpp"
#include "services/tasks/external_workers.hpp"
#include "services/tasks/files/open_vault.hpp"
#include "services/tasks/grpc_service.hpp"
#include "services/tasks/handlers/data/read_limits.hpp"
#include "services/tasks/handlers/data_export/data_export.hpp"
#include "services/tasks/handlers/data_processing/data_processing.hpp"
#include "services/tasks/handlers/file_upload/file_upload.hpp"
#include "services/tasks/handlers/image_processing/image_processing.hpp"
#include "services/tasks/handlers/noop/noop.hpp"
#include "services/tasks/handlers/report_generation/read_options.hpp"
#include "services/tasks/housekeeping.hpp"
#include "services/tasks/known_users.hpp"
#include "services/tasks/own_records.hpp"
#include "services/tasks/routes.hpp"
#include "services/tasks/schedules/schedule_loop.hpp"
#include "services/tasks/sql.hpp"
#include "services/tasks/task_runner.hpp"
#include "services/tasks/task_watch.hpp"
#include "services/tasks/worker_grpc_service.hpp"

namespace esm::tasks {

namespace {

using std::chrono::milliseconds;

constexpr std::string_view consumer_group = "tasks";

task_runner_options read_runner_options(const config& settings) {
    task_runner_options options;
    options.slots_max = static_cast<std::size_t>(settings.worker_slots_max);
    options.threads = static_cast<unsigned>(settings.worker_threads);
    options.lease = milliseconds(settings.lease_ms);
    options.poll = milliseconds(settings.poll_ms);
    options.rescue_every = milliseconds(settings.rescue_every_ms);
    options.prefetch_max = static_cast<std::size_t>(settings.worker_prefetch_max);
    return options;
}

retry_policy read_retry_policy(const config& settings) {
    retry_policy policy({milliseconds(settings.backoff_first_ms), milliseconds(settings.backoff_max_ms)});
    policy.override_types(settings.backoff_by_type);
    return policy;
}

task_watch_options read_watch_options(const config& settings) {
    task_watch_options options;
    options.watchers_max = static_cast<std::size_t>(settings.watchers_max);
    options.tasks_a_user_max = static_cast<std::size_t>(settings.watch_tasks_a_user_max);
    options.poll = milliseconds(settings.watch_poll_ms);
    return options;
}

http::event_stream_rules read_stream_rules(const config& settings) {
    return {milliseconds(settings.watch_heartbeat_ms), milliseconds(settings.watch_lifetime_max_ms)};
}

schedules::schedule_loop_options read_schedule_options(const config& settings) {
    schedules::schedule_loop_options options;
    options.poll = milliseconds(settings.poll_ms);
    options.late_max = milliseconds(settings.schedule_late_max_ms);
    options.catch_up_max = static_cast<std::size_t>(settings.schedule_catch_up_max);
    return options;
}

handler_set make_handlers(const config& settings) {
    handler_set handlers;
    const auto bounds = data::read_limits(settings);
    handlers.add(data_processing::make_handler(bounds));
    handlers.add(data_export::make_handler(bounds));
    handlers.add(file_upload::make_handler(read_fetch_rules(settings), settings.files_max_bytes));
    handlers.add(report_generation::make_handler(report_generation::read_options(settings)));
    handlers.add(noop::make_handler());
    handlers.add(image_processing::make_handler(image_processing::read_options(settings)));
    return handlers;
}

}  // namespace

struct service::parts {
    explicit parts(service_deps deps)
        : handlers(make_handlers(deps.settings)),
          files(deps.runtime, deps.database, open_store(deps.settings), read_vault_options(deps.settings)),
          results(files),
          records{
              deps.runtime,
              [this](const context& ctx, std::int64_t user_id, std::string cursor) {
                  return export_tasks(database, user_id, std::move(cursor), ctx.until);
              },
              deps.notifications,
              static_cast<std::uint64_t>(deps.settings.records_max_bytes)
          },
          publishing(deps.runtime, deps.database, deps.log, deps.metrics),
          changes(
              {handlers,
               publishing.writer(),
               deps.settings.publish_events,
               [this](const std::vector<std::string>& pools) { wake(pools); },
               [this](const std::vector<std::int64_t>& ids) { watching.changed(ids); }}
          ),
          ends(changes, read_retry_policy(deps.settings), deps.settings.lost_attempts_max),
          runner(
              {deps.runtime, deps.database, handlers, changes, ends, deps.metrics, &results, &records},
              read_runner_options(deps.settings)
          ),
          outside({deps.runtime, deps.database, handlers, changes, ends, milliseconds(deps.settings.lease_ms)}
          ),
          cancelling(deps.database, changes),
          creating(
              {deps.runtime,
               deps.database,
               handlers,
               changes,
               cancelling,
               deps.metrics,
               deps.settings.parameters_max_bytes}
          ),
          reading(deps.runtime, deps.database),
          watching(deps.runtime, deps.database, deps.metrics, read_watch_options(deps.settings)),
          scheduling(
              {deps.runtime, deps.database, creating, deps.metrics}, read_schedule_options(deps.settings)
          ),
          schedules(
              {deps.runtime,
               deps.database,
               creating,
               [this] { scheduling.wake(); },
               deps.settings.schedules_max}
          ),
          erasing(deps.runtime, deps.database, "tasks", erase_some),
          knowing(erasing),
          users(
              deps.runtime,
              deps.log,
              deps.database,
              {.group = std::string(consumer_group), .topics = {std::string(user_topic)}},
              [this](db::transaction& tx, const events::event& cause) { return knowing.apply(tx, cause); }
          ),
          tidying(
              deps.runtime,
              deps.database,
              deps.metrics,
              std::chrono::days(deps.settings.retention_days),
              files
          ),
          routes{
              {creating, deps.database},
              {create_batch(creating), deps.database},
              {deps.database},
              {reading, watching, deps.revoked, milliseconds(deps.settings.watch_wait_max_ms)},
              {cancelling},
              {reading, routes.creating},
              {reading, deps.database},
              {deps.database, [this] { runner.wake(); }},
              {handlers},
              {reading, watching, deps.revoked, read_stream_rules(deps.settings)},
              {schedules, deps.database},
              {files, reading},
              {files}
          },
          grpc(make_grpc_service({deps.callers, deps.database, creating, reading, cancelling, watching})),
          worker_callers(deps.callers.also_for(worker_scope)),
          worker_grpc(make_worker_grpc_service(
              {worker_callers,
               outside,
               handlers,
               static_cast<std::size_t>(deps.settings.result_max_bytes),
               milliseconds(deps.settings.lease_ms),
               milliseconds(deps.settings.poll_ms)}
          )),
          database(deps.database) {
        events::show(deps.metrics, std::string(consumer_group), users);
        lease::show(deps.metrics, std::string(builtin_pool), [this] { return runner.stats(); });
    }

    void wake(const std::vector<std::string>& pools) {
        for (const auto& each : pools) {
            if (each == builtin_pool) {
                runner.wake();
            } else {
                outside.wake(each);
            }
        }
    }

    handler_set handlers;
    vault files;
    artifacts results;
    record_sources records;
    outbox::publishing publishing;
    transitions changes;
    end_attempts ends;
    task_runner runner;
    external_workers outside;
    cancel_task cancelling;
    create_task creating;
    get_task reading;
    task_watch watching;
    schedules::schedule_loop scheduling;
    schedules::manage_schedules schedules;
    personal_data::erasure erasing;
    known_users knowing;
    events::consumer users;
    housekeeping tidying;
    route_deps routes;
    std::unique_ptr<::grpc::Service> grpc;
    const grpc_server::gate worker_callers;
    std::unique_ptr<::grpc::Service> worker_grpc;
    db::database& database;
};

service::service(service_deps deps) : parts_(std::make_unique<parts>(deps)) {}
service::~service() = default;

std::vector<http::route> service::routes() {
    return route_table(parts_->routes);
}
std::vector<::grpc::Service*> service::grpc_services() {
    return {parts_->grpc.get(), parts_->worker_grpc.get()};
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
    return {{"files", false, [this](deadline) -> awaitable<bool> { co_return parts_->files.is_up(); }}};
}

void service::start() {
    parts_->publishing.start(0);
    parts_->runner.start(0);
    parts_->outside.start();
    parts_->watching.start(0);
    parts_->scheduling.start();
    parts_->users.start(0);
    parts_->erasing.start();
    parts_->tidying.start();
}

awaitable<void> service::stop() {
    co_await parts_->watching.stop();
    co_await parts_->tidying.stop();
    co_await parts_->users.stop();
    co_await parts_->erasing.stop();
    co_await parts_->scheduling.stop();
    co_await parts_->runner.stop();
    co_await parts_->publishing.stop();
}

awaitable<result<personal_data::export_page>> service::export_user(
    const context& ctx, std::int64_t user_id, std::string cursor
) {
    return tasks::export_user(parts_->database, user_id, std::move(cursor), ctx.until);
}

}  // namespace esm::tasks
