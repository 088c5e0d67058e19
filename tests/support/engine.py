"""The task engine as its tests use it: one process of the task service that they break, and a way past it."""

import functools
import uuid
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
from support.client import Client
from support.events import EventReader
from support.external_worker import ExternalWorker, work_token
from support.stored import EmbeddedEvents
from support.waiting import eventually

# For a test of what only a system of several processes has.
clustered_alone = pytest.mark.parametrize("broken_system", ["clustered"], indirect=True)


class Through:
    """A system reached by one replica of its task service alone: the other may be dead or stopped."""

    def __init__(self, system, replica):
        self.kind = system.kind
        self.replicas = {**system.replicas, "tasks": [system.replicas["tasks"][replica]]}
        self._system, self._replica = system, replica

    def url(self, service, replica=0):
        return self._system.url(service, self._replica if service == "tasks" else replica)


class Engine:
    """The whole system as these tests use it. `first` is the process of the task service that they break; the
    others, where there are any, are reached by `client`, all of them by `all_replicas`."""

    def __init__(self, system):
        self.system = system
        self.first, *others = system.replicas["tasks"]
        self.second = others[0] if others else None
        self.reached = len(others)
        self.client = Client(Through(system, self.reached))
        self.all_replicas = Client(system)
        self.user = self.client.new_user()
        self.admin = self.client.log_in(replace(system.administrator))

    @functools.cached_property
    def token(self):
        return work_token(self.client, self.admin)

    def worker(self, name="a test's worker", replica=None):
        return ExternalWorker(self.system, self.token, name, self.reached if replica is None else replica)

    @contextmanager
    def first_alone(self):
        """While the block runs the first process is the only one that takes tasks; `.client` reaches it."""
        if self.second is not None:
            self.second.stop()
        client = Client(Through(self.system, 0))
        try:
            yield SimpleNamespace(client=client)
        finally:
            client.close()
            if self.second is not None:
                self.second.start()

    def running_on_first(self, sleep_ms, **fields):
        """A task that sleeps, running in the first process."""
        with self.first_alone() as alone:
            task = alone.client.create_task(
                self.user, {"sleepMs": sleep_ms}, taskType="noop", **fields
            )
            self.running(task["taskId"], client=alone.client)
        return task["taskId"]

    def running(self, task_id, attempt=1, timeout_s=20.0, client=None):
        """The task once this attempt of it runs."""

        def probe():
            task = (client or self.client).task(self.user, task_id)
            return task if (task["status"], task["attempt"]) == ("running", attempt) else None

        return eventually(probe, timeout_s, f"attempt {attempt} of task {task_id} runs")

    def external_task(self, **fields):
        """(id, type) of a task that only a worker of the test takes."""
        kind = f"work_{uuid.uuid4().hex[:8]}"
        return self.client.create_task(self.user, {}, taskType=kind, **fields)["taskId"], kind

    def queue_many(self, user, count, **fields):
        """Creates alike tasks, a thousand a request."""
        batch = {"tasks": [{"parameters": {}, **fields}] * 1000}
        for _ in range(count // 1000):
            answer = self.client.post("tasks", "tasks/batch", user, json=batch)
            assert answer.is_success, answer.text

    def set_queue(self, name, **limits):
        answer = self.client.put("tasks", f"queues/{name}", self.admin, json=limits)
        assert answer.is_success, answer.text

    def queue_action(self, name, action):
        answer = self.client.post("tasks", f"queues/{name}/{action}", self.admin)
        assert answer.is_success, answer.text

    def cancel(self, task_id):
        answer = self.client.put("tasks", f"tasks/{task_id}/cancel", self.user)
        assert answer.status_code == 200, answer.text

    def events(self, name, task_id):
        """Every event of this type of a task, once no more come."""
        embedded = self.system.kind == "embedded"
        reader = EmbeddedEvents(self.system) if embedded else EventReader(self.system.bootstrap)

        def fits(event):
            return event.type == name and event.key == str(task_id)

        try:
            reader.wait_for(fits, 60.0, f"{name} of {task_id}")
            reader.read_until_quiet(1.0)
            return [event for event in reader.events if fits(event)]
        finally:
            reader.close()

    def close(self):
        self.client.close()
        self.all_replicas.close()
