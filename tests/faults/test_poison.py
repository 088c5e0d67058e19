"""Events that nobody can apply go to the dead letters with their origin, once, and the next ones proceed."""

import json
import random
import time
import uuid

import pytest
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType
from support.events import EventReader
from support.stored import rows
from support.waiting import eventually

TOPIC = "task-processing-events"
LETTERS = f"dlq.notifications.{TOPIC}"
MEBIBYTE = 1024 * 1024


def headers(**changes):
    made = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid.uuid4()),
        "ce_source": "/tasks",
        "ce_type": "task.completed.v1",
        "ce_time": "2026-01-02T03:04:05.000000Z",
        "ce_subject": "1",
        "ce_correlationid": "poison",
        "ce_aggregateversion": "3",
        "content-type": "application/json",
    }
    return {name: value for name, value in {**made, **changes}.items() if value is not None}


def entity(**changes):
    return json.dumps(
        {"taskId": 1, "userId": 1000, "taskReference": "TASK2026010200000001", **changes}
    ).encode()


POISON = {
    "no JSON": (b"{", headers()),
    "no object": (b"[1, 2]", headers()),
    "nothing": (b"", headers()),
    "no type": (entity(), headers(ce_type=None)),
    "no id": (entity(), headers(ce_id=None)),
    "an id of blanks": (entity(), headers(ce_id="a b")),
    "a version of letters": (entity(), headers(ce_aggregateversion="three")),
    "a time of letters": (entity(), headers(ce_time="yesterday")),
    "another specification": (entity(), headers(ce_specversion="0.3")),
    "no user": (entity(userId=None), headers()),
    "a user of letters": (entity(userId="ada"), headers()),
    "a user below the first": (entity(userId=-5), headers()),
    "a NUL": (entity(errorMessage="a\0b"), headers()),
    "a raw NUL": (b'{"userId": 1000, "a": "\0"}', headers()),
    "no UTF-8": (b'{"userId": 1000, "a": "\xff"}', headers()),
    "a key twice": (b'{"userId": 1000, "userId": 1001}', headers()),
    "a depth bomb": (b'{"a":' * 5000 + b"1" + b"}" * 5000, headers()),
    "a mebibyte of nothing": (b"x" * MEBIBYTE, headers()),
    "a mebibyte of JSON": (json.dumps({"userId": "x" * MEBIBYTE}).encode(), headers()),
}


@pytest.fixture
def producer(whole):
    made = Producer(
        {"bootstrap.servers": whole.bootstrap, "acks": "all", "message.max.bytes": 4 * MEBIBYTE}
    )
    yield made
    made.flush(10)


def produce(producer, key, value, given):
    """Produces and answers where it landed: (partition, offset)."""
    places = []

    def landed(error, message):
        assert error is None, error
        places.append((message.partition(), message.offset()))

    producer.produce(TOPIC, key=key, value=value, headers=list(given.items()), on_delivery=landed)
    assert producer.flush(10) == 0
    return places[0]


def letters_of(reader, marker):
    return [event for event in reader.events if event.topic == LETTERS and event.key == marker]


def kept_at(system, partition, offset):
    """The reasons in the service's own table of dead events."""
    statement = "SELECT reason FROM dead_event WHERE topic = ? AND place = ?"
    return [reason for (reason,) in rows(system, "notifications", statement, TOPIC, f"{partition}/{offset}")]


def test_poison_is_set_aside_with_its_origin_and_the_next_proceed(whole, visitor, producer):
    user = visitor.new_user()
    run = uuid.uuid4().hex[:8]
    placed = {what: produce(producer, f"{run} {what}", *poison) for what, poison in POISON.items()}
    task = visitor.create_task(user)
    visitor.finished_task(user, task["taskId"])
    eventually(
        lambda: [m for m in whole.mails(user.email) if task["taskReference"] in m["Subject"]],
        30.0,
        "the mail behind the poison",
    )
    reader = EventReader(whole.bootstrap, [LETTERS])
    try:
        for what, (partition, offset) in placed.items():
            marker = f"{run} {what}"
            reader.wait_for(
                lambda event, marker=marker: event.key == marker, 20.0, f"the dead letter of {what}"
            )
            letter = letters_of(reader, marker)[0]
            origin = {name.removeprefix("__dlq.errors."): value for name, value in letter.headers.items()}
            assert (origin["topic"], origin["group"]) == (TOPIC, "notifications"), what
            assert (int(origin["partition"]), int(origin["offset"])) == (partition, offset), what
            assert int(origin["delivery.count"]) >= 1 and origin["message"], what
            value, given = POISON[what]
            for name in given:
                assert letter.headers[name.removeprefix("ce_")] == given[name], what
        for what, place in placed.items():
            eventually(lambda place=place: kept_at(whole, *place), 10.0, f"what administrators see of {what}")
        reader.read_until_quiet(1.0)
        counts = {what: len(letters_of(reader, f"{run} {what}")) for what in POISON}
        assert set(counts.values()) == {1}, counts
    finally:
        reader.close()


def test_poison_does_not_come_back_after_a_restart(whole, producer):
    marker = uuid.uuid4().hex
    produce(producer, marker, b"{", headers())
    reader = EventReader(whole.bootstrap, [LETTERS])
    try:
        reader.wait_for(lambda event: event.key == marker, 20.0, "the dead letter")
        for member in whole.replicas["notifications"]:
            member.kill()
        for member in whole.replicas["notifications"]:
            member.start()
        reader.read_until_quiet(3.0)
        assert len(letters_of(reader, marker)) == 1
    finally:
        reader.close()


def test_a_letter_that_the_broker_refuses_goes_without_its_value(whole, producer):
    admin = AdminClient({"bootstrap.servers": whole.bootstrap})

    def limit_letters(operation):
        entry = ConfigEntry("max.message.bytes", "600000", incremental_operation=operation)
        resource = ConfigResource(ResourceType.TOPIC, LETTERS, incremental_configs=[entry])
        next(iter(admin.incremental_alter_configs([resource]).values())).result(10)

    marker = uuid.uuid4().hex
    noise = random.Random(1).randbytes(MEBIBYTE)  # compression does not help
    limit_letters(AlterConfigOpType.SET)
    reader = EventReader(whole.bootstrap, [LETTERS])
    try:
        produce(producer, marker, noise, headers())
        letter = reader.wait_for(lambda event: event.key == marker, 40.0, "the dead letter")
        assert letter.data == b"" and letter.headers["__dlq.errors.value_bytes"] == str(MEBIBYTE)
    finally:
        reader.close()
        limit_letters(AlterConfigOpType.DELETE)


def test_an_event_of_an_unknown_type_is_passed_over(whole, producer):
    event = headers(ce_type="task.sung.v9")
    produce(producer, "1", b'{"anything": "goes"}', event)
    done = "SELECT count(*) FROM inbox WHERE event_id = ?"
    eventually(lambda: rows(whole, "notifications", done, event["ce_id"])[0][0] == 1, 20.0, "it is done")
    time.sleep(0.5)
    assert (
        rows(whole, "notifications", "SELECT 1 FROM notification WHERE event_id = ?", event["ce_id"]) == []
    )
