"""Load that remembers what was promised: every operation has an Idempotency-Key, and a line in a journal
that is
on the disk before the next one begins. The ledger then counts what became of the promises.
"""

import itertools
import json
import os
import random
import threading
import time
import uuid
from collections import Counter
from contextlib import contextmanager

import httpx
from parts.system import BASE_PATH
from support.client import Client, small_job

# What an answer means: these say nothing about the effect, so the same key is tried again.
OPEN_STATUSES = {409, 429, 500, 503, 507}
REFUSED_SHARE, REPEATED_SHARE = 0.06, 0.1


class Journal:
    """One JSON line an event of an operation, each synced to the disk before the caller goes on."""

    def __init__(self, path):
        self.path = path
        self._file = open(path, "ab", buffering=0)
        self._lock = threading.Lock()

    def write(self, **line):
        with self._lock:
            self._file.write(json.dumps(line).encode() + b"\n")
            os.fsync(self._file.fileno())

    def close(self):
        self._file.close()


class Driver:
    """Registrations and task creations from several threads at a steady pace, over all replicas."""

    def __init__(
        self, system, directory, rate=40.0, threads=6, kinds=("register", "task"), patience_s=25.0
    ):
        self.system = system
        self.run = uuid.uuid4().hex[:6]
        self.journal = Journal(directory / f"journal-{self.run}.jsonl")
        self.patience_s = patience_s
        self.pause_s = threads / rate
        self.kinds = kinds
        self.threads = threads
        self.answers = Counter()  # (kind, status or name of the error) → how often
        self.without_retry_after = 0
        self._stop = threading.Event()
        self._turn = itertools.count()
        self._registered = []
        client = Client(system)
        names = [f"o{self.run}{index}" for index in range(3)]
        self._owners = [client.new_user(username=name, email=f"{name}@example.org") for name in names]
        client.close()

    @contextmanager
    def running(self):
        """Load while the block runs; afterwards every operation has its outcome in the journal."""
        workers = [threading.Thread(target=self._work, args=(index,)) for index in range(self.threads)]
        for worker in workers:
            worker.start()
        try:
            yield self
        finally:
            self._stop.set()
            for worker in workers:
                worker.join()
            self.journal.close()

    def seen(self, *statuses):
        """How many answers had one of these statuses."""
        return sum(count for (_, status), count in self.answers.items() if status in statuses)

    def accepted(self):
        return self.seen(201)

    def wait_accepted(self, more, timeout_s=30.0):
        """Waits until that many further operations were answered with 201."""
        goal, deadline = self.accepted() + more, time.monotonic() + timeout_s
        while self.accepted() < goal:
            assert time.monotonic() < deadline, f"only {self.accepted()} of {goal}: {self.answers}"
            time.sleep(0.05)

    def _work(self, index):
        dice = random.Random(f"{self.run}{index}")
        with httpx.Client(timeout=10.0) as http:
            while not self._stop.is_set():
                begun = time.monotonic()
                kind = "task" if "register" not in self.kinds or dice.random() < 0.85 else "register"
                kind = kind if kind in self.kinds else "register"
                self._operate(http, kind, dice)
                self._stop.wait(
                    max(0.0, self.pause_s * dice.uniform(0.5, 1.5) - (time.monotonic() - begun))
                )

    def _operate(self, http, kind, dice):
        key = f"{self.run}{uuid.uuid4().hex[:10]}"
        doomed = dice.random() < REFUSED_SHARE and (kind == "task" or bool(self._registered))
        make = self._new_task if kind == "task" else self._new_user
        request = make(key, doomed, dice)
        self.journal.write(key=key, kind=kind, state="begun")
        outcome, made = self._until_known(http, kind, key, request)
        self.journal.write(key=key, kind=kind, state=outcome, id=made)
        if outcome != "ok":
            return
        if kind == "register":
            self._registered.append(request["json"]["username"])
        if dice.random() < REPEATED_SHARE:
            status, again = self._send(http, kind, key, request)
            if status == 201:
                self.journal.write(key=key, kind=kind, state="repeated", id=again)

    def _new_task(self, key, doomed, dice):
        owner = dice.choice(self._owners)
        parameters = {**small_job(), "format": "none"} if doomed else small_job()
        body = {"taskType": "data_processing", "parameters": parameters, "tags": [key]}
        return {"path": "tasks", "json": body, "headers": owner.bearer}

    def _new_user(self, key, doomed, dice):
        body = Client.registration(username=key, email=f"{key}@example.org")
        if doomed:
            body["username"] = dice.choice(self._registered)
        return {"path": "users/register", "json": body, "headers": {}}

    def _until_known(self, http, kind, key, request):
        """Tries on with the same key until the answer says what happened: (ok, id), (fail, None),
        (unknown, None)."""
        deadline = time.monotonic() + self.patience_s
        while True:
            status, made = self._send(http, kind, key, request)
            if status == 201:
                return "ok", made
            taken = status == 409 and made is None
            if isinstance(status, int) and (status not in OPEN_STATUSES or taken):
                return "fail", None
            if time.monotonic() > deadline:
                return "unknown", None
            time.sleep(0.2)

    def _send(self, http, kind, key, request):
        """(status, id of what was made); for a 409 the id tells whether the first try is still in
        flight."""
        service = "tasks" if kind == "task" else "users"
        replica = next(self._turn) % len(self.system.replicas[service])
        url = f"{self.system.url(service, replica)}{BASE_PATH}/{request['path']}"
        headers = {**request["headers"], "Idempotency-Key": key, "X-Request-Id": key}
        try:
            answer = http.post(url, json=request["json"], headers=headers)
        except httpx.TransportError as error:
            self.answers[kind, type(error).__name__] += 1
            return type(error).__name__, None
        self.answers[kind, answer.status_code] += 1
        if answer.status_code in (429, 503) and "retry-after" not in answer.headers:
            self.without_retry_after += 1
        if answer.status_code == 201:
            made = answer.json()
            return 201, made["task"]["taskId"] if kind == "task" else made["user"]["userId"]
        if answer.status_code == 409:
            return 409, "in flight" if answer.json()["code"] == "idempotency_in_flight" else None
        return answer.status_code, None
