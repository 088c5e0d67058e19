"""Server-Sent Events over httpx, as any client would read them."""

import contextlib
import json
from dataclasses import dataclass

import httpx


@dataclass(frozen=True)
class Event:
    """One event; `task` is the task it tells of, None for `current` and `end` and in an inbox."""

    id: str
    type: str
    data: dict

    @property
    def task(self):
        return self.data.get("task")

    @property
    def reason(self):
        return self.data.get("reason")


class Stream:
    """An open stream; iterates over its events until the server ends it."""

    def __init__(self, response):
        self.response = response
        self.comments = 0
        self.retry_ms = None
        self.last_id = ""
        self._events = self._read()

    def __iter__(self):
        return self._events

    def __next__(self):
        return next(self._events)

    def until(self, *types):
        """The events up to and with the first of one of these types."""
        seen = []
        for event in self._events:
            seen.append(event)
            if event.type in types:
                return seen
        raise AssertionError(f"the stream ended without {types}: {seen}")

    def _read(self):
        kind, data = "message", []
        for line in self.response.iter_lines():
            if line.startswith(":"):
                self.comments += 1
                continue
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            if name == "id":
                self.last_id = value
            elif name == "event":
                kind = value
            elif name == "data":
                data.append(value)
            elif name == "retry":
                self.retry_ms = int(value)
            elif not line:
                if data:
                    yield Event(self.last_id, kind, json.loads("\n".join(data)))
                kind, data = "message", []


@contextlib.contextmanager
def follow(client, user, path, last_id=None, timeout_s=30.0, replica=None, service="tasks"):
    """Opens a stream of a service; answers other than 200 come back as they are."""
    headers = dict(user.bearer)
    if last_id is not None:
        headers["Last-Event-ID"] = str(last_id)
    url = client.url(service, path)
    if replica is not None:
        url = f"{client.system.url(service, replica)}/api/v1/eventstreammonitor/{path}"
    with httpx.stream("GET", url, headers=headers, timeout=timeout_s) as response:
        yield Stream(response)
