"""GET /tasks/{id} at 64 connections, beside pgbench's select of the same row by key."""

import load
from bench_system import BenchSystem
from figures import Figure, Round
from parts.system import BASE_PATH

CONNECTIONS = 64
TASKS = 20_000


def run(args, folder):
    figure = Figure("tasks-get", "requests/s", "pgbench select 64 clients", goal=1.0)
    with BenchSystem(folder, args.port_offset) as system:
        token = system.token()
        system.keep_only("tasks")
        database = system.database_url("TASK_PROCESSING")
        settings = {"TOKEN": token, "PATHS": str(folder / "paths")}
        while int(load.query(database, "SELECT count(*) FROM task")) < TASKS:
            load.wrk(system.url("tasks", "/tasks"), "create.lua", 64, 2, settings)
        ids = load.query(database, f"SELECT id FROM task ORDER BY id LIMIT {TASKS}")
        numbers = [int(each) for each in ids.split()]
        (folder / "paths").write_text("".join(f"{BASE_PATH}/tasks/{each}\n" for each in numbers))
        load.query(database, "VACUUM ANALYZE task")
        ceiling = load.wrk(system.replica("tasks").url, "ceiling.lua", CONNECTIONS, 3)
        print(f"load generator on /livez: {ceiling.per_second:,.0f}/s")
        variables = (("low", min(numbers)), ("high", max(numbers)))
        for index in range(args.rounds):
            limit = load.pgbench(database, "get.sql", CONNECTIONS, args.seconds, variables)
            seen = load.wrk(system.url("tasks", "/tasks"), "paths.lua", CONNECTIONS, args.seconds, settings)
            figure.rounds.append(Round(seen.per_second, limit, seen.p50_ms, seen.p99_ms))
            print(f"round {index + 1}: {seen.per_second:,.0f}/s, pgbench {limit:,.0f}/s", flush=True)
        figure.rss_mb = system.rss_mb("tasks")
    print(figure.table())
    print(figure.json_line())
