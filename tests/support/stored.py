"""What a system has stored, read past its interfaces: rows of a service's database, events of the
embedded log."""

import json
import sqlite3
import time

import psycopg
from parts.system import SERVICES
from support.events import Event


def rows(system, service, statement, *parameters):
    """Rows of one SELECT with ? for parameters, on PostgreSQL or SQLite, whichever the system has."""
    if system.kind == "embedded":
        with sqlite3.connect(
            f"file:{system.data / service}.db?mode=ro", uri=True, timeout=10.0
        ) as connection:
            return connection.execute(statement, parameters).fetchall()
    url = system.postgres.url(SERVICES[service].database)
    with psycopg.connect(url, connect_timeout=10) as connection:
        return connection.execute(statement.replace("?", "%s"), parameters).fetchall()


def refusal(system, service, statement):
    """What the database says against a change of its rows; none of it stays where it says nothing."""
    if system.kind == "embedded":
        connection = sqlite3.connect(system.data / f"{service}.db", timeout=10.0)
    else:
        connection = psycopg.connect(system.postgres.url(SERVICES[service].database), connect_timeout=10)
    try:
        connection.execute(statement)
    except (sqlite3.Error, psycopg.Error) as refused:
        return str(refused)
    finally:
        connection.rollback()
        connection.close()
    return ""


def one(system, service, statement, *parameters):
    """The only row."""
    found = rows(system, service, statement, *parameters)
    assert len(found) == 1, found
    return found[0]


class EmbeddedEvents:
    """Every event of the embedded log, like events.EventReader for Kafka."""

    def __init__(self, system):
        self.events = []
        self._path = system.data / "events.db"
        self._last = 0

    def close(self):
        pass

    def wait_for(self, fits, timeout_s=30.0, what="an event"):
        """The first event, seen before or not, for which `fits` is true."""
        seen = 0
        deadline = time.monotonic() + timeout_s
        while True:
            self._read()
            for event in self.events[seen:]:
                if fits(event):
                    return event
            seen = len(self.events)
            assert (
                time.monotonic() < deadline
            ), f"{what}: not within {timeout_s:g} s, {seen} others were read"
            time.sleep(0.05)

    def read_until_quiet(self, quiet_s=2.0, timeout_s=60.0):
        """Reads on until nothing came for a while; returns everything read so far."""
        deadline = time.monotonic() + timeout_s
        last = time.monotonic()
        while time.monotonic() - last < quiet_s and time.monotonic() < deadline:
            if self._read():
                last = time.monotonic()
            time.sleep(0.05)
        return self.events

    def of(self, correlation_id):
        """The events read so far that one request led to."""
        return [event for event in self.events if event.correlation_id == correlation_id]

    def _read(self):
        with sqlite3.connect(f"file:{self._path}?mode=ro", uri=True, timeout=10.0) as connection:
            found = connection.execute(
                "SELECT position, topic, event_key, headers, payload FROM log_event WHERE position > ?"
                " ORDER BY position",
                (self._last,),
            ).fetchall()
        for position, topic, key, headers, payload in found:
            named = {name.removeprefix("ce_"): value for name, value in json.loads(headers).items()}
            self.events.append(Event(topic, 0, position, key, named, json.loads(payload)))
            self._last = position
        return bool(found)
