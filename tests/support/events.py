"""Reads CloudEvents from real topics with confluent-kafka, a client that shares nothing with ours."""

import json
import time
import uuid
from dataclasses import dataclass

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition

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
    except (TypeError, ValueError, RecursionError):
        data = message.value()
    key = message.key().decode() if message.key() is not None else ""
    return Event(message.topic(), message.partition(), message.offset(), key, headers, data)


class EventReader:
    """Every event of the topics from their beginning, in the order they were read. One thread's."""

    def __init__(self, bootstrap, topics=TOPICS):
        self.events = []
        self._topics = list(topics)
        self._partitions = set()
        self._next_look = 0.0
        # No group: partitions are taken by hand, so nothing waits for a rebalance.
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": f"test-{uuid.uuid4()}",
                "enable.auto.commit": False,
                "enable.partition.eof": True,
                "fetch.wait.max.ms": 50,
                "reconnect.backoff.max.ms": 500,
                "log_level": 0,
            }
        )

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
            assert (
                time.monotonic() < deadline
            ), f"{what}: not within {timeout_s:g} s, {seen} others were read"
            self._poll(0.1)

    def read_until_quiet(self, quiet_s=2.0, timeout_s=60.0):
        """Reads on until nothing came for a while; returns everything read so far."""
        deadline = time.monotonic() + timeout_s
        last = time.monotonic()
        while time.monotonic() - last < quiet_s and time.monotonic() < deadline:
            if self._poll(0.1):
                last = time.monotonic()
        return self.events

    def read_to_end(self, timeout_s=60.0):
        """Reads up to what the partitions held when it was called; returns everything read so far."""
        self._take_partitions(timeout_s)
        ends = {}
        for topic, partition in self._partitions:
            place = TopicPartition(topic, partition)
            first, end = self._consumer.get_watermark_offsets(place, timeout=timeout_s)
            if end > first:
                ends[topic, partition] = end
        deadline = time.monotonic() + timeout_s
        while not all(self._reached(place, end) for place, end in ends.items()):
            assert time.monotonic() < deadline, f"the topics were not read within {timeout_s:g} s"
            self._poll(0.1)
        return self.events

    def of(self, correlation_id):
        """The events read so far that one request led to."""
        return [event for event in self.events if event.correlation_id == correlation_id]

    def _reached(self, place, end):
        positions = self._consumer.position([TopicPartition(*place)])
        return positions[0].offset >= end

    def _take_partitions(self, timeout_s=5.0):
        """Takes partitions that have come up, each from its beginning."""
        self._next_look = time.monotonic() + 1.0
        try:
            known = self._consumer.list_topics(timeout=timeout_s).topics
        except KafkaException:
            return  # The broker that a test has killed.
        found = {
            (topic, part) for topic in self._topics if topic in known for part in known[topic].partitions
        }
        fresh = found - self._partitions
        if fresh:
            self._partitions |= fresh
            self._consumer.incremental_assign([TopicPartition(*place, OFFSET_BEGINNING) for place in fresh])

    def _poll(self, timeout_s):
        if time.monotonic() >= self._next_look:
            self._take_partitions()
        message = self._consumer.poll(timeout_s)
        if message is None:
            return False
        error = message.error()
        if error is None:
            self.events.append(decode(message))
            return True
        away = (KafkaError._PARTITION_EOF, KafkaError._ALL_BROKERS_DOWN, KafkaError._TRANSPORT)
        assert error.code() in away or error.retriable(), error
        return False
