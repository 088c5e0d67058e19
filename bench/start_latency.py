"""How soon tasks start: 200 no-op tasks a second by POST /tasks for 30 s, each request at its time.

From a task's createdAt to its startedAt, both instants of the service; to its completedAt as well."""

import http.client
import json
import statistics
import threading
import time
from datetime import datetime

from bench_system import BenchSystem, fetch
from figures import TimeFigure, judged
from parts.process import PartError
from parts.system import BASE_PATH

RATE = 200
SECONDS = 30
THREADS = 32
GOALS_MS = {"p50": 5, "p95": 15}
BODY = json.dumps({"taskType": "noop", "parameters": {}})


class Paced:
    """An open loop: requests go out at their times, whatever became of those before them."""

    def __init__(self, port, token):
        self.made = set()  # ids
        self.late_ms = []
        self._port = port
        self._headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
        self._lock = threading.Lock()
        self._refused = []

    def run(self):
        begun = time.monotonic() + 0.1
        self._due = (begun + index / RATE for index in range(RATE * SECONDS))
        threads = [threading.Thread(target=self._work) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._refused or len(self.made) != RATE * SECONDS:
            raise PartError(f"{len(self.made)} of {RATE * SECONDS} tasks were made: {self._refused[:3]}")

    def _work(self):
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        while not self._refused:
            with self._lock:
                moment = next(self._due, None)
            if moment is None:
                break
            time.sleep(max(0.0, moment - time.monotonic()))
            self.late_ms.append((time.monotonic() - moment) * 1000)
            connection.request("POST", f"{BASE_PATH}/tasks", BODY, self._headers)
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status == 201:
                self.made.add(json.loads(text)["task"]["taskId"])
            else:
                self._refused.append(f"{answer.status} {text}")
        connection.close()


def stored(system, token, made):
    """Every task of the run, once all of them have ended."""
    wanted, deadline = set(made), time.monotonic() + 60
    while time.monotonic() < deadline:
        found, cursor = [], ""
        while cursor is not None and len(found) < len(wanted):
            query = "?limit=500&type=noop" + (f"&cursor={cursor}" if cursor else "")
            page = json.loads(fetch(system.url("tasks", f"/tasks{query}"), token))
            found += [task for task in page["tasks"] if task["taskId"] in wanted]
            cursor = page["pagination"]["nextCursor"]
        if len(found) == len(wanted) and all(task["status"] == "completed" for task in found):
            return found
        time.sleep(0.5)
    raise PartError(f"{len(found)} of {len(wanted)} tasks are listed, and not all are completed")


def percentiles(tasks, end):
    """{50, 95, 99: milliseconds} from createdAt to the instant named `end`."""
    spans = [
        (datetime.fromisoformat(task[end]) - datetime.fromisoformat(task["createdAt"])).total_seconds() * 1000
        for task in tasks
    ]
    cuts = statistics.quantiles(spans, n=100)
    return {percent: cuts[percent - 1] for percent in (50, 95, 99)}


def one_round(system, token):
    driver = Paced(system.replica("tasks").http_port, token)
    driver.run()
    tasks = stored(system, token, driver.made)
    started, completed = percentiles(tasks, "startedAt"), percentiles(tasks, "completedAt")
    late = statistics.quantiles(driver.late_ms, n=100)[98]
    print(
        f"created → running p50 {started[50]:.2f}, p95 {started[95]:.2f}, p99 {started[99]:.2f} ms;"
        f" created → completed p50 {completed[50]:.2f}, p95 {completed[95]:.2f} ms;"
        f" the load generator sent late by {late:.2f} ms (p99)",
        flush=True,
    )
    return started


def run(args, folder):
    with BenchSystem(folder, args.port_offset) as system:
        token = system.token()
        fetch(system.url("tasks", "/tasks?limit=1"), token)  # it has the keys: auth may go
        system.keep_only("tasks")
        rounds = [one_round(system, token) for _ in range(args.rounds)]
        memory = system.rss_mb("tasks")
    middle = {percent: statistics.median(each[percent] for each in rounds) for percent in (50, 95, 99)}
    figures = []
    for name, goal in GOALS_MS.items():
        of_rounds = [each[int(name[1:])] for each in rounds]
        value, spread = statistics.median(of_rounds), (min(of_rounds), max(of_rounds))
        print(judged(f"{name} ≤ {goal} ms", value <= goal))
        figures.append(
            TimeFigure(f"start-latency-{name}", value, "ms", goal, middle[50], middle[99], memory, spread)
        )
    for figure in figures:
        print(figure.json_line())
