"""POST /tasks at 64 connections, beside pgbench's one-task-one-event transaction on the same PostgreSQL.

Every created task is durable with its event when it is answered; the relay publishes to Kafka meanwhile.
After each round the rows are counted against the answers."""

import load
from bench_system import BenchSystem
from figures import Figure, Round

CONNECTIONS = 64
# What the service itself stores for one task of create.lua.
TEXTS = (
    ("parameters", '{"source":"bench","rows":1000}'),
    (
        "attributes",
        '{"id":"0192f6a4-7d3a-7b4c-9a55-2f6f6f0f2d11","type":"task.created.v1","source":"/tasks",'
        '"time":1790000000000000,"aggregateVersion":1,'
        '"correlationId":"6f1c2f0e-7d3a-4b4c-9a55-2f6f6f0f2d11"}',
    ),
    (
        "payload",
        '{"taskId":1000,"taskReference":"TASK2026112200000000","taskType":"bench_external",'
        '"status":"pending",'
        '"priority":"medium","progress":0,"parameters":{"source":"bench","rows":1000},"result":null,'
        '"errorMessage":null,"userId":1000,"attempt":0,"maxAttempts":3,"queue":"default",'
        '"tags":[],"runAt":null,'
        '"createdAt":"2026-09-21T14:13:20.000000Z","startedAt":null,"completedAt":null,"processingTime":null,'
        '"version":1}',
    ),
)


def prepare_limit(url):
    """Copies of the real tables, indexes included, for pgbench."""
    load.query(
        url,
        "CREATE SCHEMA bench; CREATE TABLE bench.task (LIKE public.task INCLUDING ALL);"
        "CREATE TABLE bench.outbox (LIKE public.outbox INCLUDING ALL); CREATE SEQUENCE bench.ids",
    )


def create(system, database, token, seconds):
    before = int(load.query(database, "SELECT count(*) FROM task"))
    seen = load.wrk(system.url("tasks", "/tasks"), "create.lua", CONNECTIONS, seconds, {"TOKEN": token})
    stored = int(load.query(database, "SELECT count(*) FROM task")) - before
    # wrk does not count answers that come after its end; what it counted must be there.
    if stored < seen.requests:
        raise load.PartError(f"{seen.requests} tasks were acknowledged, {stored} are in the database")
    load.wait_published(database)
    return seen


def run(args, folder):
    figure = Figure("tasks-create", "tasks/s", "pgbench 64 clients", goal=2.0, goal_p99_ms=25)
    with BenchSystem(folder, args.port_offset) as system:
        token = system.token()
        system.keep_only("tasks")
        database = system.database_url("TASK_PROCESSING")
        prepare_limit(database)
        ceiling = load.wrk(system.replica("tasks").url, "ceiling.lua", CONNECTIONS, 3)
        print(f"load generator on /livez: {ceiling.per_second:,.0f}/s")
        create(system, database, token, 2)
        for index in range(args.rounds):
            limit = load.pgbench(database, "create.sql", CONNECTIONS, args.seconds, TEXTS)
            seen = create(system, database, token, args.seconds)
            figure.rounds.append(Round(seen.per_second, limit, seen.p50_ms, seen.p99_ms))
            print(f"round {index + 1}: {seen.per_second:,.0f}/s, pgbench {limit:,.0f}/s", flush=True)
        figure.rss_mb = system.rss_mb("tasks")
    print(figure.table())
    print(figure.json_line())
