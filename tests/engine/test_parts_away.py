"""Behaviours 6 and 9: PostgreSQL restarted, and the broker away, while tasks are made and run. Nothing that
was acknowledged is lost, and afterwards every transition is published, in order per task."""

import time
from collections import defaultdict

import pytest
from support.breakable import pids
from support.engine import clustered_alone
from support.events import EventReader
from support.ledger import read_journal

RESTARTS = 3
TRANSITIONS = ["task.created.v1", "task.started.v1", "task.completed.v1"]
pytestmark = clustered_alone


def made_by(driver):
    """The ids of the tasks that were acknowledged."""
    kept = read_journal(driver.journal.path).values()
    return {identifier for each in kept if each["state"] == "ok" for identifier in each["ids"]}


def transitions(system, task_ids):
    """{task: the types of its events as they stand in their partition}, a repeated record once."""
    reader = EventReader(system.bootstrap, ["task-processing-events"])
    read = reader.read_to_end(120.0)
    reader.close()
    found, seen = defaultdict(list), set()
    for event in sorted(read, key=lambda each: (each.partition, each.offset)):
        if int(event.key) in task_ids and event.headers["id"] not in seen:
            seen.add(event.headers["id"])
            found[int(event.key)].append(event.type)
    return found


def test_6_postgresql_restarted_under_load_loses_nothing(whole, load, audit):
    before = pids(whole)
    with load(kinds=("task",)).running() as driver:
        for _ in range(RESTARTS):
            driver.wait_accepted(20)
            whole.postgres.restart()
        driver.wait_accepted(20)
    assert audit(driver, accepted=60).counted["unknown"] == 0
    assert pids(whole) == before, "recovers without a restart of ours"


@pytest.mark.parametrize(
    "away_s, rate",
    [
        pytest.param(20.0, 40.0, id="20 s"),
        pytest.param(600.0, 8.0, id="10 min", marks=[pytest.mark.slow, pytest.mark.timeout(1500)]),
    ],
)
def test_9_without_a_broker_tasks_are_made_and_every_transition_follows(whole, load, audit, away_s, rate):
    with load(kinds=("task",), rate=rate).running() as driver:
        driver.wait_accepted(20)
        whole.kafka.kill()
        back = time.monotonic() + away_s
        while time.monotonic() < back:
            driver.wait_accepted(5)
        whole.kafka.start()
        driver.wait_accepted(20)
    assert driver.accepted() + driver.seen(409, 422) == sum(driver.answers.values()), driver.answers
    audit(driver)
    task_ids = made_by(driver)
    found = transitions(whole, task_ids)
    wrong = {task_id: found[task_id] for task_id in task_ids if found[task_id] != TRANSITIONS}
    assert not wrong, f"{len(wrong)} of {len(task_ids)}: {dict(list(wrong.items())[:5])}"
