"""Events that come twice, because they were published again or offsets were rewound, have no second
effect."""

from collections import Counter

from confluent_kafka import (
    OFFSET_BEGINNING,
    Consumer,
    ConsumerGroupTopicPartitions,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient
from support.ledger import GROUPS, Ledger, lag, mail_notifications
from support.stored import rows
from support.waiting import eventually


def effects(system):
    """Everything that events have led to so far."""
    return {
        "notifications": rows(system, "notifications", "SELECT count(*), max(version) FROM notification"),
        "attempts": rows(system, "notifications", "SELECT count(*) FROM notification_attempt"),
        "users known to tasks": rows(system, "tasks", "SELECT count(*) FROM known_user"),
        "tasks": rows(system, "tasks", "SELECT count(*), sum(version) FROM task"),
        "mails": Counter(mail_notifications(system.mailbox)),
    }


def caught_up(system):
    return all(lag(system.bootstrap, group, topics) == 0 for group, topics in GROUPS.items())


def some_effects(system, load):
    with load(rate=30.0).running() as driver:
        driver.wait_accepted(40)
    assert Ledger(system, driver).settled_verdict().clean()
    return driver


def test_events_published_again_have_no_effect(whole, load, audit):
    driver = some_effects(whole, load)
    before = effects(whole)
    producer = Producer({"bootstrap.servers": whole.bootstrap, "acks": "all"})
    consumed = {topic for topics in GROUPS.values() for topic in topics}
    again = [each for each in raw_records(whole.bootstrap, consumed) if driver.run in str(each[4])]
    assert len(again) > 60
    for _ in range(2):
        for topic, partition, key, value, headers in again:
            producer.produce(topic, partition=partition, key=key, value=value, headers=headers)
    assert producer.flush(30) == 0
    eventually(lambda: caught_up(whole), 30.0, "the consumers have seen all of it")
    audit(driver, accepted=30)
    assert effects(whole) == before


def raw_records(bootstrap, topics):
    """(topic, partition, key, value, headers) of every record, bytes as they are."""
    consumer = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "copyist", "enable.auto.commit": False}
    )
    known = consumer.list_topics(timeout=10).topics
    places = [TopicPartition(topic, part) for topic in topics for part in known[topic].partitions]
    left = sum(end - first for first, end in (consumer.get_watermark_offsets(place) for place in places))
    consumer.assign([TopicPartition(place.topic, place.partition, OFFSET_BEGINNING) for place in places])
    while left > 0:
        message = consumer.poll(10)
        assert message is not None and message.error() is None
        left -= 1
        yield message.topic(), message.partition(), message.key(), message.value(), message.headers()
    consumer.close()


def test_rewound_offsets_have_no_effect(whole, load, audit):
    driver = some_effects(whole, load)
    before = effects(whole)
    for service in GROUPS:
        for member in whole.replicas[service]:
            assert member.stop() == 0
    admin = AdminClient({"bootstrap.servers": whole.bootstrap})
    for group, topics in GROUPS.items():
        known = admin.list_topics(timeout=10).topics
        start = [TopicPartition(topic, part, 0) for topic in topics for part in known[topic].partitions]
        (done,) = admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, start)]).values()
        done.result(30)
    assert not caught_up(whole)
    for service in GROUPS:
        for member in whole.replicas[service]:
            member.start()
    eventually(lambda: caught_up(whole), 60.0, "the consumers have been through all of it again")
    audit(driver, accepted=30)
    assert effects(whole) == before
