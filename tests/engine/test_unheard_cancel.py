"""Behaviour 7: a task is cancelled while nobody hears of it: the worker sees CANCEL at its next heartbeat."""

import threading
from contextlib import contextmanager

from support.waiting import Clock, eventually

HEARTBEAT_S = 10.0
CUT = (
    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
    " WHERE datname = 'TASK_PROCESSING' AND query LIKE 'LISTEN%'"
)


@contextmanager
def nobody_listens(system):
    """Cuts every connection that listens for notifications, again and again, while the block runs. An
    embedded system has none."""
    if system.kind == "embedded":
        yield
        return
    over, cut = threading.Event(), []

    def cutting():
        while not over.wait(0.05):
            cut.append(int(system.postgres.sql(CUT)))

    assert int(system.postgres.sql(CUT)) > 0, "somebody listened"
    thread = threading.Thread(target=cutting)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def test_7_a_cancellation_that_nobody_hears_is_seen_within_a_heartbeat(engine):
    external, kind = engine.external_task()
    with engine.worker() as worker:
        held = worker.lease_one(kind)
        built_in = engine.running_on_first(60_000)
        assert worker.heartbeat(held) == ["OK"]
        with nobody_listens(engine.system):
            clock = Clock()
            engine.cancel(built_in)
            engine.cancel(external)
            assert worker.heartbeat(held) == ["CANCEL"]
            eventually(
                lambda: engine.client.task(engine.user, built_in)["status"] == "cancelled",
                HEARTBEAT_S + 1.0 - clock.seconds(),
                "the built-in worker has stopped",
            )
        worker.fail(held, "asked to stop")
    assert engine.client.finished_task(engine.user, external)["status"] == "cancelled"
