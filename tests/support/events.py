"""Reads CloudEvents from real topics with confluent-kafka, a client that shares nothing with ours."""

import json
import time
import uuid
from dataclasses import dataclass

from confluent_kafka import Consumer, KafkaError

TOPICS = ("user-registration-events", "task-processing-events", "auth-events", "notification-events")


@dataclass(frozen=True)
class Event:
    """One record: its place, its key, the ce_ headers without the prefix, and the decoded value."""

    topic: str
    partition: int
    offset: int
    key: str
    headers: dict
    data: object

    @property
    def type(self):
        return self.headers.get("type", "")

    @property
    def correlation_id(self):
        return self.headers.get("correlationid", "")


def decode(message):
    """A Kafka message as an Event; a value that is not JSON stays bytes."""
    headers = {name.removeprefix("ce_"): (value or b"").decode() for name, value in message.headers() or []}
    try:
        data = json.loads(message.value())
    except (TypeError, ValueError):
        data = message.value()
    key = message.key().decode() if message.key() is not None else ""
    return Event(message.topic(), message.partition(), message.offset(), key, headers, data)


class EventReader:
    """Every event of the topics from their beginning, in the order they were read. One thread's."""

    def __init__(self, bootstrap, topics=TOPICS):
        self.events = []
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": f"test-{uuid.uuid4()}",
                "auto.offset.reset": "earliest",
                "enable.auto.commit": False,
                "topic.metadata.refresh.interval.ms": 1000,
                "allow.auto.create.topics": True,
            }
        )
        self._consumer.subscribe(list(topics))

    def close(self):
        self._consumer.close()

    def wait_for(self, fits, timeout_s=30.0, what="an event"):
        """The first event, seen before or not, for which `fits` is true."""
        seen = 0
        deadline = time.monotonic() + timeout_s
        while True:
            for event in self.events[seen:]:
                if fits(event):
                    return event
            seen = len(self.events)
            assert time.monotonic() < deadline, f"{what}: not within {timeout_s:g} s, {seen} others were read"
            self._poll(0.1)

    def read_until_quiet(self, quiet_s=2.0, timeout_s=60.0):
        """Reads on until nothing came for a while; returns everything read so far."""
        deadline = time.monotonic() + timeout_s
        last = time.monotonic()
        while time.monotonic() - last < quiet_s and time.monotonic() < deadline:
            if self._poll(0.1):
                last = time.monotonic()
        return self.events

    def of(self, correlation_id):
        """The events read so far that one request led to."""
        return [event for event in self.events if event.correlation_id == correlation_id]

    def _poll(self, timeout_s):
        message = self._consumer.poll(timeout_s)
        if message is None:
            return False
        error = message.error()
        if error is None:
            self.events.append(decode(message))
            return True
        # A topic that nobody wrote to yet, or a broker that a test has just killed.
        assert error.code() in (KafkaError.UNKNOWN_TOPIC_OR_PART, KafkaError._ALL_BROKERS_DOWN) or (
            error.retriable()
        ), error
        return False
