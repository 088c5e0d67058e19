"""100,000 no-op tasks, history kept, beside graphile-worker and River on the same PostgreSQL.

Events off and on, each also with a transaction held open in another session for the whole run. All jobs are
queued before the clock starts: ours wait in a paused queue, and resuming it is the start."""

import time

import job_peers
import load
from bench_system import BenchSystem, metric, post, wait_until
from figures import Figure, Round
from parts.process import PartError

TASKS = 100_000
BATCH = 1_000
# The broker compiles its hot paths in the first run, which is then not counted.
WARM_UP = 20_000
QUEUE = "bench"
# A task of the batch: short, since a thousand of them make one request.
TASK = {"taskType": "noop", "parameters": {}, "queue": QUEUE}
COMPLETED = {"type": "noop", "outcome": "completed"}


class Engine:
    """Our side: the tasks service, alone but for the auth service, whose keys it fetches when it starts."""

    def __init__(self, system):
        self._system = system
        self._token = system.token()
        self._administrator = system.administrator_token()
        self._database = system.database_url("TASK_PROCESSING")
        self._events = False
        system.keep_only("tasks", "auth")

    def restart(self, events):
        self._events = events
        setting = {"ESM_TASKS_PUBLISH_EVENTS": "true" if events else "false"}
        self._system.replica("tasks").settings |= setting
        self._system.replica("tasks").restart()

    def measure(self, tasks, held_open=False):
        """Tasks a second, from the resumption of the queue until each is completed in the database."""
        with load.open_transaction(self._database, held_open):
            last = int(load.query(self._database, "SELECT coalesce(max(created_at), 0) FROM task"))
            self._fill(tasks, last)
            before, begun = self._completed(), time.monotonic()
            self._queue("resume")
            wait_until(lambda: self._completed() - before >= tasks, 600, "completing the tasks", 0.02)
            seconds = self._stored(tasks, last) - begun
            if self._events:
                load.wait_published(self._database)
                published = time.monotonic() - begun
                print(f"  the last event was on Kafka {published - seconds:.2f} s after the last completion")
        return tasks / seconds

    def _fill(self, tasks, last):
        self._queue("pause")
        for _ in range(tasks // BATCH):
            post(self._system.url("tasks", "/tasks/batch"), {"tasks": [TASK] * BATCH}, self._token)
        stored = int(load.query(self._database, f"SELECT count(*) FROM task WHERE created_at > {last}"))
        if stored != tasks:
            raise PartError(f"{tasks} tasks were handed over, {stored} are in the database")
        load.wait_published(self._database)
        load.query(self._database, "VACUUM ANALYZE")

    def _queue(self, action):
        post(self._system.url("tasks", f"/queues/{QUEUE}/{action}"), None, self._administrator)

    def _completed(self):
        """What the process has completed; asking it costs less than asking the database."""
        return metric(self._system.replica("tasks").url, "tasks_duration_seconds_count", COMPLETED)

    def _stored(self, tasks, last):
        """When the look at the database began that found every task completed at its first attempt."""
        these = f"created_at > {last} AND status = 'completed' AND attempt = 1"
        once = f"SELECT count(*) FROM task WHERE {these}"
        for _ in range(100):
            looked = time.monotonic()
            stored = int(load.query(self._database, once))
            if stored == tasks:
                return looked
        raise PartError(f"{stored} of {tasks} tasks are completed at their first attempt")


def compare(args, system, engine, peer, events, goal):
    """The figures of one peer: ours beside it, and ours with a transaction held open beside ours without."""
    name = f"engine-noop-events-{'on' if events else 'off'}"
    plain = Figure(name, "tasks/s", peer.name, goal)
    held = Figure(f"{name}-held-open", "tasks/s", "ours without holding it", 0.9)
    engine.restart(events)
    engine.measure(WARM_UP)
    for index in range(args.rounds):
        limit = job_peers.measure(peer, system, TASKS, held_open=False)
        seen = engine.measure(TASKS)
        limit_held = job_peers.measure(peer, system, TASKS, held_open=True)
        seen_held = engine.measure(TASKS, held_open=True)
        plain.rounds.append(Round(seen, limit))
        held.rounds.append(Round(seen_held, seen))
        print(
            f"round {index + 1}: {seen:,.0f}/s, {peer.name} {limit:,.0f}/s;"
            f" transaction held open: {seen_held:,.0f}/s, {peer.name} {limit_held:,.0f}/s",
            flush=True,
        )
        plain.rss_mb = held.rss_mb = system.rss_mb("tasks")
    return [plain, held]


def run(args, folder):
    graphile_worker, river = job_peers.GraphileWorker(), job_peers.River()
    graphile_worker.install()
    river.install()
    with BenchSystem(folder, args.port_offset) as system:
        engine = Engine(system)
        figures = [
            *compare(args, system, engine, graphile_worker, events=False, goal=1.5),
            *compare(args, system, engine, river, events=True, goal=1.2),
        ]
    for figure in figures:
        print(figure.table())
    for figure in figures:
        print(figure.json_line())
