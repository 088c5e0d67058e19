"""The ledger sees what it is there to see: each kind of broken promise, made on purpose, is counted."""

import json
import uuid

import psycopg
import pytest
from confluent_kafka import Producer
from parts.system import SERVICES
from support.ledger import Ledger, read_journal
from support.stored import one


@pytest.fixture
def run(whole, load):
    """A small run that kept all its promises, and the keys of two of its tasks."""
    with load(rate=30.0, threads=3).running() as driver:
        driver.wait_accepted(15)
    assert Ledger(whole, driver).settled_verdict().clean()
    kept = read_journal(driver.journal.path).items()
    return driver, [key for key, each in kept if (each["kind"], each["state"]) == ("task", "ok")]


def change(system, service, statement, *parameters):
    with psycopg.connect(system.postgres.url(SERVICES[service].database)) as connection:
        assert connection.execute(statement, parameters).rowcount == 1


def stored_task(system, key):
    return one(system, "tasks", "SELECT id, user_id FROM task WHERE tags = ?", json.dumps([key]))


def forge(system, key, task_id, **headers):
    """An event of the task that no service has written."""
    given = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid.uuid4()),
        "ce_source": "/tasks",
        "ce_type": "task.created.v1",
        "ce_time": "2026-01-02T03:04:05.000000Z",
        "ce_correlationid": key,
        "ce_aggregateversion": "1",
        **headers,
    }
    producer = Producer({"bootstrap.servers": system.bootstrap, "partitioner": "murmur2_random"})
    producer.produce("task-processing-events", key=str(task_id), value=b"{}", headers=list(given.items()))
    assert producer.flush(10) == 0


def test_a_missing_row_is_lost(whole, run):
    driver, (key, *_) = run
    change(whole, "tasks", "DELETE FROM task WHERE tags = %s", json.dumps([key]))
    verdict = Ledger(whole, driver).verdict()
    assert [line.partition(":")[0] for line in verdict.lost] == [key] and not verdict.doubled


def test_a_missing_mail_is_lost(whole, run):
    driver, (key, *_) = run
    statement = "SELECT notification_id FROM notification WHERE correlation_id = ? AND channel = 'email'"
    (notification,) = one(whole, "notifications", statement, key)
    name = f"<{notification}.".encode()
    (mail,) = [path for path in whole.mailbox.glob("*.eml") if name in path.read_bytes()]
    content = mail.read_bytes()
    mail.unlink()
    verdict = Ledger(whole, driver).verdict()
    assert len(verdict.lost) == 1 and key in verdict.lost[0]
    mail.write_bytes(content)
    mail.with_name("again-" + mail.name).write_bytes(content)
    verdict = Ledger(whole, driver).verdict()
    assert not verdict.lost and len(verdict.doubled) == 1 and key in verdict.doubled[0]


def test_a_second_row_or_event_is_doubled(whole, run):
    driver, (key, other, *_) = run
    twin = "UPDATE task SET tags = %s WHERE tags = %s"
    change(whole, "tasks", twin, json.dumps([key]), json.dumps([other]))
    verdict = Ledger(whole, driver).verdict()
    assert any(key in line for line in verdict.doubled) and any(other in line for line in verdict.lost)


def test_an_event_too_many_is_doubled_and_out_of_order(whole, run):
    driver, (key, *_) = run
    forge(whole, key, stored_task(whole, key)[0])
    verdict = Ledger(whole, driver).verdict()
    assert len(verdict.doubled) == 1 and key in verdict.doubled[0]
    assert len(verdict.disordered) == 1 and not verdict.lost


def test_an_effect_of_what_was_refused_is_a_phantom(whole, run):
    driver, (key, *_) = run
    with open(driver.journal.path, "a", encoding="utf-8") as journal:
        journal.write(json.dumps({"key": key, "kind": "task", "state": "fail"}) + "\n")
    verdict = Ledger(whole, driver).verdict()
    assert len(verdict.phantoms) == 1 and key in verdict.phantoms[0]


def test_a_row_without_a_promise_is_a_phantom(whole, run):
    driver, (key, *_) = run
    stranger = f"{driver.run}stranger"
    renamed = "UPDATE task SET tags = %s WHERE tags = %s"
    change(whole, "tasks", renamed, json.dumps([stranger]), json.dumps([key]))
    verdict = Ledger(whole, driver).verdict()
    assert any(stranger in line for line in verdict.phantoms) and any(key in line for line in verdict.lost)
