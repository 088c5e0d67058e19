"""Behaviour 10: one tenant's 100,000 tasks do not keep another's ten waiting, and a limit per key holds."""

import statistics
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from support.client import TERMINAL
from support.engine import clustered_alone
from support.stored import one, rows
from support.waiting import eventually

pytestmark = clustered_alone
MANY, FEW = 100_000, 10
FEW_MS, MANY_MS = 100, 10
KEYED, KEYED_MS = 60, 60


def instant(text):
    return datetime.fromisoformat(text).timestamp()


def p95_start(engine, user, queue):
    """Ten tasks at once: the 95th percentile of the seconds until they start."""
    made = [
        engine.client.create_task(user, {"sleepMs": FEW_MS}, taskType="noop", queue=queue)["taskId"]
        for _ in range(FEW)
    ]
    ended = [engine.client.finished_task(user, task_id, 120.0) for task_id in made]
    waits = [instant(task["startedAt"]) - instant(task["createdAt"]) for task in ended]
    return statistics.quantiles(waits, n=20, method="inclusive")[18]


def test_10_ten_tasks_beside_another_tenants_100_000_start_nearly_as_soon(engine):
    """One task of the queue at a time, so that the ten wait for each other, alone as well."""
    queue = f"fair-{uuid.uuid4().hex[:8]}"
    engine.set_queue(queue, concurrency=1)
    small, big = engine.client.new_user(), engine.client.new_user()
    alone = p95_start(engine, small, queue)
    engine.queue_action(queue, "pause")
    engine.queue_many(big, MANY, taskType="noop", queue=queue, parameters={"sleepMs": MANY_MS})
    engine.queue_action(queue, "resume")
    try:
        done = "SELECT 1 FROM task WHERE user_id = ? AND status = 'completed' LIMIT 1"
        eventually(lambda: rows(engine.system, "tasks", done, big.user_id), 20.0, "the many are begun")
        beside = p95_start(engine, small, queue)
    finally:
        engine.queue_action(queue, "pause")  # what is left of them stays there
    left = "SELECT 1 FROM task WHERE user_id = ? AND status = 'pending' LIMIT 1"
    assert rows(engine.system, "tasks", left, big.user_id), "the many outlasted the few"
    assert beside <= 2 * alone, f"{beside:.3f} s beside them, {alone:.3f} s alone"


@pytest.mark.parametrize("limit", [1, 3])
def test_10_a_limit_per_key_is_never_exceeded(engine, limit):
    queue = f"keyed-{uuid.uuid4().hex[:8]}"

    def create(index):
        return engine.all_replicas.create_task(
            engine.user,
            {"sleepMs": KEYED_MS},
            taskType="noop",
            queue=queue,
            concurrencyKey=queue,
            concurrencyLimit=limit,
            priority=("low", "medium", "high", "critical")[index % 4],
        )["taskId"]

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(create, range(KEYED)))
    held = []

    def ended():
        held.append(one(engine.system, "tasks", "SELECT count(*) FROM lease_held WHERE queue = ?", queue)[0])
        states = rows(engine.system, "tasks", "SELECT status FROM task WHERE queue = ?", queue)
        return len(states) == len(made) and all(status in TERMINAL for (status,) in states)

    eventually(ended, 120.0, "all tasks of the key end")
    spans = "SELECT started_at, completed_at, attempt FROM task WHERE queue = ?"
    found = rows(engine.system, "tasks", spans, queue)
    assert {attempt for *_, attempt in found} == {1}
    assert max(held) == limit == overlap([span[:2] for span in found])


def overlap(spans):
    """The most spans that hold at one instant; one that ends as another begins does not count."""
    ends = sorted([(first, 1) for first, _ in spans] + [(last, -1) for _, last in spans])
    most = now = 0
    for _, change in ends:
        now += change
        most = max(most, now)
    return most
