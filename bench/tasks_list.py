"""GET /tasks at 16 connections among 5,000,000 tasks of 1,000 users: pages of 50 of one user's.

The tasks are of 30 days. The first page, and all that follow it, walked to by the cursors and then asked for
at random; with and without a status filter."""

import json

import load
from bench_system import BenchSystem, fetch
from pages import Page, measure_all
from parts.system import BASE_PATH

CONNECTIONS = 16
GOAL_MS = 10
TASKS = 5_000_000
USERS = 1_000
SEARCHES = {"all": "limit=50", "completed": "limit=50&status=completed", "failed": "limit=50&status=failed"}


def paths(system, query, token):
    """Path and query of each page of the search, first to last."""
    found, cursor = [], ""
    while cursor is not None:
        found.append(f"{BASE_PATH}/tasks?{query}" + (f"&cursor={cursor}" if cursor else ""))
        page = json.loads(fetch(system.replica("tasks").url + found[-1], token))
        cursor = page["pagination"]["nextCursor"]
    return found


def found_pages(system, folder, token):
    """Two figures a search: its first page, and those that follow."""
    for name, query in SEARCHES.items():
        first, *following = paths(system, query, token)
        for what, chosen in (("first", [first]), ("following", following)):
            file = folder / f"paths-{name}-{what}"
            file.write_text("\n".join(chosen) + "\n")
            settings = {"TOKEN": token, "PATHS": str(file)}
            yield Page(f"tasks-list-{name}-{what}", "paths.lua", system.url("tasks", "/tasks"), settings)


def run(args, folder):
    with BenchSystem(folder, args.port_offset) as system:
        token = system.token()
        user_id = json.loads(fetch(system.url("users", "/users/me"), token))["user"]["userId"]
        fetch(system.url("tasks", "/tasks?limit=1"), token)  # it has the keys: auth may go
        system.keep_only("tasks")
        database = system.database_url("TASK_PROCESSING")
        print(f"filling in {TASKS:,} tasks", flush=True)
        load.script(database, "fill_tasks.sql", {"tasks": TASKS, "users": USERS, "user_id": user_id})
        load.query(database, "VACUUM ANALYZE task")
        pages = found_pages(system, folder, token)
        lines = measure_all(pages, CONNECTIONS, GOAL_MS, args, lambda: system.rss_mb("tasks"))
    print("\n".join(lines))
