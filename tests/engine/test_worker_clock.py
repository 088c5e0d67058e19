"""Behaviour 4: a process whose clock is an hour wrong takes tasks, and nothing changes: it starts none before
its time, takes no lease from others, keeps its own, and stores right instants."""

import re
import subprocess
import time
import urllib.request
import uuid
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.engine import clustered_alone
from support.fixtures import folder
from support.stored import rows
from support.waiting import eventually

# Longer than a lease and the next look for lost ones, so that whoever does not keep it loses it.
LONG_MS = 38_000
SHORT_MS = 200
SLOTS = 8
DUE_IN_S, STARTED_WITHIN_S = 8.0, 10.0


@pytest.fixture(scope="session")
def preloaded():
    """shifted_clock.c, compiled."""
    made = folder("clock") / "shifted_clock.so"
    source = Path(__file__).with_name("shifted_clock.c")
    subprocess.run(["clang-19", "-shared", "-fPIC", "-O2", "-o", made, source], check=True)
    return made


@contextmanager
def shifted(replica, preloaded, seconds):
    """The replica's process with its wall clock shifted; the monotonic one goes on as it is."""
    own = replica.settings
    replica.settings = {**own, "LD_PRELOAD": preloaded, "CLOCK_SHIFT_S": seconds}
    try:
        replica.start()
        yield
    finally:
        replica.settings = own
        replica.restart()


def claimed(replica):
    """Leases that the process has claimed since it started."""
    with urllib.request.urlopen(f"{replica.url}/metrics", timeout=5.0) as answer:
        text = answer.read().decode()
    return sum(float(value) for value in re.findall(r"^lease_claimed_items\{.*\} (\S+)$", text, re.MULTILINE))


def seconds(micros):
    return micros / 1e6


def watch(engine, marker):
    """The tasks of the marker once all have ended; fails where one left its wait before its time."""
    statement = "SELECT status, run_at, started_at, completed_at, attempt FROM task WHERE tags LIKE ?"
    early = []

    def ended():
        now = time.time()
        found = rows(engine.system, "tasks", statement, f"%{marker}%")
        early.extend(each for each in found if each[0] != "scheduled" and seconds(each[1]) > now + 0.2)
        return found if early or all(each[0] == "completed" for each in found) else None

    found = eventually(ended, 90.0, "all tasks complete")
    assert not early, early
    return found


@clustered_alone
@pytest.mark.parametrize("shift_s", [3600, -3600])
def test_4_a_process_with_a_wrong_clock_changes_nothing(engine, preloaded, shift_s):
    skewed, marker = engine.first, f"clock-{uuid.uuid4().hex[:8]}"
    skewed.stop()
    begun = time.time()

    def create(sleep_ms, **fields):
        return engine.client.create_task(
            engine.user, {"sleepMs": sleep_ms}, taskType="noop", tags=[marker], **fields
        )["taskId"]

    on_the_right_one = [create(LONG_MS) for _ in range(SLOTS)]
    for task_id in on_the_right_one:
        engine.running(task_id)
    with shifted(skewed, preloaded, shift_s):
        due = datetime.now(UTC) + timedelta(seconds=DUE_IN_S)
        run_at = due.isoformat().replace("+00:00", "Z")
        later = [create(sleep_ms, runAt=run_at) for sleep_ms in [LONG_MS] * 4 + [SHORT_MS] * 4]
        found = watch(engine, marker)
        assert claimed(skewed) > 0, "the process with the wrong clock took part"
    assert len(found) == len(on_the_right_one) + len(later)
    lost = (
        "SELECT task_id, task_attempt.worker, outcome, task_attempt.ended_at - task_attempt.started_at"
        " FROM task_attempt JOIN task ON task.id = task_id WHERE tags LIKE ?"
    )
    assert {attempt for *_, attempt in found} == {1}, rows(engine.system, "tasks", lost, f"%{marker}%")
    for _, run_at_us, started, completed, _ in found:
        earliest = max(begun - 1.0, seconds(run_at_us))
        assert earliest <= seconds(started) <= seconds(completed) <= time.time(), (started, completed)
        assert seconds(started) <= earliest + STARTED_WITHIN_S
