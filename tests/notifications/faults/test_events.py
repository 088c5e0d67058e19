"""Events that come twice or that nobody can apply; members of the group that come, go and stand still."""

import json
import signal
import time
import uuid

import pytest
from confluent_kafka import Producer
from support.client import Client
from support.events import EventReader
from support.stored import rows
from support.waiting import eventually

TOPIC = "task-processing-events"
LETTERS = f"dlq.notifications.{TOPIC}"
MEBIBYTE = 1024 * 1024
MEMORY_MAX_MB = 200


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
    return {**made, **changes}


def entity(user, reference, **changes):
    made = {"taskId": 1, "userId": user.user_id, "taskReference": reference, "taskType": "demo"}
    return json.dumps({**made, **changes}).encode()


@pytest.fixture
def produce(whole):
    settings = {"bootstrap.servers": whole.bootstrap, "acks": "all", "message.max.bytes": 4 * MEBIBYTE}
    producer = Producer(settings)

    def one(key, value, given):
        producer.produce(TOPIC, key=key, value=value, headers=list(given.items()))
        assert producer.flush(10) == 0

    return one


@pytest.fixture
def admin(whole):
    client = Client(whole)
    yield lambda method, path, **options: client.request(
        method, "notifications", f"notifications/{path}", client.log_in(whole.administrator), **options
    )
    client.close()


def mails_about(system, user, reference):
    return [mail for mail in system.mails(user.email) if reference in mail["Subject"]]


def test_the_same_event_five_times_is_one_mail(whole, visitor, produce):
    user = visitor.new_user()
    given, reference = headers(), f"TASK{uuid.uuid4().hex[:8]}"
    for _ in range(5):
        produce("1", entity(user, reference), given)
    eventually(lambda: mails_about(whole, user, reference), 20.0, "the mail")
    time.sleep(2.0)
    assert len(mails_about(whole, user, reference)) == 1
    written = "SELECT channel, count(*) FROM notification WHERE event_id = ? GROUP BY channel"
    found = dict(rows(whole, "notifications", written, given["ce_id"]))
    assert found.pop("email") == 1 and set(found.values()) <= {1}, found


POISON = {
    "bad JSON": lambda user: b"{",
    "wrong schema": lambda user: json.dumps({"userId": "ada"}).encode(),
    "1 MiB": lambda user: b"x" * MEBIBYTE,
    "NUL": lambda user: b'{"userId": 1000, "a": "\0"}',
}


@pytest.mark.parametrize("what", POISON)
def test_poison_is_set_aside_once_and_the_next_proceed(whole, visitor, produce, what):
    user = visitor.new_user()
    marker, reference = uuid.uuid4().hex, f"TASK{uuid.uuid4().hex[:8]}"
    reader = EventReader(whole.bootstrap, [LETTERS])
    try:
        produce(marker, POISON[what](user), headers())
        produce(marker, entity(user, reference), headers())
        eventually(lambda: mails_about(whole, user, reference), 30.0, "the mail behind the poison")
        letter = reader.wait_for(lambda event: event.key == marker, 20.0, "the dead letter")
        assert letter.headers["__dlq.errors.topic"] == TOPIC and letter.headers["__dlq.errors.message"]
        reader.read_until_quiet(1.0)
        assert len([event for event in reader.events if event.key == marker]) == 1
    finally:
        reader.close()


def test_poison_mended_and_redriven_twice_is_applied_once(whole, visitor, produce, admin):
    user = visitor.new_user()
    given, reference = headers(), f"TASK{uuid.uuid4().hex[:8]}"
    produce("1", entity(user, reference, userId="nobody"), given)

    def letter():
        found = admin("GET", "dead-letters", params={"kind": "event", "limit": 500}).json()["deadLetters"]
        return next((each for each in found if each["eventId"] == given["ce_id"]), None)

    dead = eventually(letter, 20.0, "the dead letter is listed")
    assert dead["origin"]["topic"] == TOPIC and "userId" in dead["reason"]
    path = f"dead-letters/event/{dead['id']}"
    mended = json.loads(entity(user, reference))
    answer = admin("PATCH", path, json={"payload": mended})
    assert answer.status_code == 200, answer.text
    redrives = [
        admin("POST", "dead-letters/redrive", json={"kind": "event", "ids": [dead["id"]]})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in redrives] == [200, 200], [each.text for each in redrives]
    assert [answer.json()["redriven"] for answer in redrives] == [1, 0]
    eventually(lambda: mails_about(whole, user, reference), 20.0, "the mail")
    time.sleep(2.0)
    assert len(mails_about(whole, user, reference)) == 1
    assert letter() is None


def memory_mb(member):
    with open(f"/proc/{member.process.pid()}/status", encoding="utf-8") as file:
        return next(int(line.split()[1]) / 1024 for line in file if line.startswith("VmRSS:"))


def test_a_rebalance_while_sending_loses_and_doubles_nothing(whole, load, audit):
    first, second = whole.replicas["notifications"]
    with load(rate=40.0).running() as driver:
        driver.wait_accepted(20)
        for _ in range(3):
            assert second.stop() == 0
            driver.wait_accepted(15)
            second.start()
            driver.wait_accepted(15)
    audit(driver)
    assert memory_mb(first) < MEMORY_MAX_MB
    joined = [line for line in first.log_lines() if "rebalance" in line.lower()]
    assert len(joined) < 50, "a rebalance loop"


def test_a_consumer_that_stands_still_holds_nobody_up_for_long(whole, load, audit):
    """Stopped for longer than its session and its leases: the other one takes its partitions and mails."""
    first, second = whole.replicas["notifications"]
    with load(rate=30.0).running() as driver:
        driver.wait_accepted(20)
        second.process.send(signal.SIGSTOP)
        time.sleep(12.0)
        driver.wait_accepted(20)
        second.process.send(signal.SIGCONT)
        driver.wait_accepted(20)
    audit(driver)
    assert memory_mb(first) < MEMORY_MAX_MB
