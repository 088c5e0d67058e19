"""Behaviours 1, 2 and 8: workers that die, stand still, or die with their work done and not stored. Each task
is done again by another, and what the first one still says changes nothing."""

import signal
import sqlite3
import time
from contextlib import contextmanager

import psycopg
from parts.system import SERVICES
from support.breakable import mend, ready
from support.engine import clustered_alone
from support.waiting import Clock

NEW_ATTEMPT_WITHIN_S = 40.0
STOPPED_S = 60.0


def kill_first(engine):
    """kill -9; an embedded system has no other process, so it is started again at once."""
    engine.first.kill()
    if engine.second is None:
        engine.first.start(wait=False)
        ready(engine.system)


def test_1_a_task_of_a_killed_worker_starts_anew_within_40_s(engine):
    task_id, kind = engine.external_task()
    with engine.worker("silent") as silent:
        lost = silent.lease_one(kind)
    built_in = engine.running_on_first(60_000)
    clock = Clock()
    kill_first(engine)
    with engine.worker("next") as following:
        again = following.lease_one(kind, NEW_ATTEMPT_WITHIN_S)
        assert again.task_id == lost.task_id == task_id
        assert again.lease_token > lost.lease_token and again.attempt == lost.attempt + 1
        assert following.heartbeat(lost) == ["LOST"] and following.heartbeat(again) == ["OK"]
        assert following.complete(again) == ["OK"]
    engine.running(built_in, attempt=2, timeout_s=NEW_ATTEMPT_WITHIN_S - clock.seconds())
    engine.cancel(built_in)
    assert engine.client.finished_task(engine.user, task_id)["attempt"] == 2


def test_2_a_worker_stopped_for_60_s_comes_too_late(engine):
    task_id, kind = engine.external_task()
    with engine.worker("stopped") as stopped, engine.worker("second") as second:
        late = stopped.lease_one(kind)
        clock = Clock()
        again = second.lease_one(kind, NEW_ATTEMPT_WITHIN_S)
        assert again.lease_token > late.lease_token
        assert second.complete(again, result={"by": "second"}) == ["OK"]
        clock.wait_until(STOPPED_S)
        assert stopped.heartbeat(late) == ["LOST"]
        assert stopped.complete(late, result={"by": "stopped"}) == ["LOST"]
    task = engine.client.finished_task(engine.user, task_id)
    assert (task["status"], task["result"], task["attempt"]) == ("completed", {"by": "second"}, 2)
    (event,) = engine.events("task.completed.v1", task_id)
    assert event.data["result"] == {"by": "second"}


@clustered_alone
def test_2_a_process_stopped_for_60_s_comes_too_late(engine):
    task_id = engine.running_on_first(5_000)
    clock = Clock()
    engine.first.process.send(signal.SIGSTOP)
    engine.running(task_id, attempt=2, timeout_s=NEW_ATTEMPT_WITHIN_S)
    stands = engine.client.finished_task(engine.user, task_id)
    assert (stands["status"], stands["attempt"]) == ("completed", 2)
    clock.wait_until(STOPPED_S)
    engine.first.process.send(signal.SIGCONT)
    engine.first.wait_ready()
    (event,) = engine.events("task.completed.v1", task_id)
    assert event.data["attempt"] == 2
    assert engine.client.task(engine.user, task_id) == stands


@contextmanager
def row_held(system, task_id):
    """Nobody else can write the task's row while the block runs; what waits for it then is gone."""
    if system.kind == "embedded":
        connection = sqlite3.connect(system.data / "tasks.db", isolation_level=None, timeout=10.0)
        connection.execute("BEGIN IMMEDIATE")
    else:
        connection = psycopg.connect(system.postgres.url(SERVICES["tasks"].database))
        connection.execute("SELECT 1 FROM task WHERE id = %s FOR UPDATE", (task_id,))
    try:
        yield
        if system.kind == "clustered":
            # A backend goes on with what a killed client has sent it.
            system.postgres.sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
            )
    finally:
        connection.rollback()
        connection.close()


def test_8_work_done_and_not_stored_is_done_again(engine):
    task_id = engine.running_on_first(1_500)
    with row_held(engine.system, task_id):
        time.sleep(3.0)  # the work is over, its outcome waits for the row
        engine.running(task_id, timeout_s=0.0)
        engine.first.kill()
    mend(engine.system)
    engine.running(task_id, attempt=2, timeout_s=NEW_ATTEMPT_WITHIN_S)
    task = engine.client.finished_task(engine.user, task_id)
    assert (task["status"], task["attempt"]) == ("completed", 2)
    (event,) = engine.events("task.completed.v1", task_id)
    assert event.data["attempt"] == 2 and int(event.headers["aggregateversion"]) == task["version"]
