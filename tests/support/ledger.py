"""Counts what became of the operations in a driver's journal: lost, doubled, phantoms, out of order
(reliability.md)."""

import json
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser

from confluent_kafka import Consumer, TopicPartition
from support.events import TOPICS, EventReader
from support.stored import rows

GROUPS = {
    "notifications": ("user-registration-events", "task-processing-events"),
    "tasks": ("user-registration-events",),
}
DEAD_LETTERS = tuple(f"dlq.{group}.{topic}" for group, topics in GROUPS.items() for topic in topics)
OUTCOME_EVENTS = {"task": "task.completed.v1", "register": "user.registered.v1"}
CUT_OFF = "the attempt before was cut off"


@dataclass
class Verdict:
    """What does not fit the promises; all lists are empty where they were kept."""

    lost: list = field(default_factory=list)
    doubled: list = field(default_factory=list)
    phantoms: list = field(default_factory=list)
    disordered: list = field(default_factory=list)
    dead: list = field(default_factory=list)
    counted: Counter = field(default_factory=Counter)

    def clean(self):
        return not (self.lost or self.doubled or self.phantoms or self.disordered or self.dead)

    def __str__(self):
        kinds = ("lost", "doubled", "phantoms", "disordered", "dead")
        found = {name: (len(getattr(self, name)), getattr(self, name)[:5]) for name in kinds}
        return f"{found} of {dict(self.counted)}"


def read_journal(path):
    """{key: {"kind", "state", "ids"}}; an operation that never came to an end is unknown."""
    operations = {}
    for line in path.read_text().splitlines():
        entry = json.loads(line)
        one = operations.setdefault(entry["key"], {"kind": entry["kind"], "state": "unknown", "ids": set()})
        if entry["state"] in ("ok", "fail"):
            one["state"] = entry["state"]
        if entry.get("id") is not None:
            one["ids"].add(entry["id"])
    return operations


class Ledger:
    """Compares a run's journal with the databases, the topics and the mails of its system."""

    def __init__(self, system, driver):
        self.system = system
        self.run = driver.run
        self.operations = read_journal(driver.journal.path)

    def settled_verdict(self, timeout_s=60.0):
        """The verdict once nothing is under way any more, at most that long after the fault has healed."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline and not self._settled():
            time.sleep(0.25)
        return self.verdict()

    def verdict(self):
        made = Verdict()
        made.counted.update(one["state"] for one in self.operations.values())
        self._read()
        for key, one in self.operations.items():
            self._judge(key, one, made)
        strangers = set(self.stored) - set(self.operations)
        made.phantoms += [f"{key} is in no journal" for key in strangers]
        made.disordered = disordered(each for each in self.events if each.correlation_id in self.operations)
        made.dead = [f"{event.topic} {event.headers}" for event in self.dead if self.run in str(event)]
        return made

    def _settled(self):
        waiting = "SELECT count(*) FROM outbox"
        for service in self.system.replicas:
            if rows(self.system, service, waiting)[0][0] > 0:
                return False
        unfinished = (
            "SELECT count(*) FROM task WHERE status IN ('pending', 'running', 'retrying') AND tags LIKE ?"
        )
        unsent = (
            "SELECT count(*) FROM notification WHERE status IN ('pending', 'sending', 'retrying')"
            " AND (waiting OR recipient LIKE ?)"
        )
        return (
            rows(self.system, "tasks", unfinished, f"%{self.run}%")[0][0] == 0
            and all(lag(self.system.bootstrap, group, topics) == 0 for group, topics in GROUPS.items())
            and rows(self.system, "notifications", unsent, f"%{self.run}%")[0][0] == 0
        )

    def _read(self):
        """What is there: rows by key, events by key and type, notifications by event, mails by
        notification."""
        self.stored = defaultdict(list)
        tasks = "SELECT id, tags, status FROM task WHERE tags LIKE ?"
        for identifier, tags, status in rows(self.system, "tasks", tasks, f"%{self.run}%"):
            self.stored[json.loads(tags)[0]].append((identifier, status))
        accounts = "SELECT user_id, email FROM account WHERE email LIKE ?"
        for identifier, email in rows(self.system, "users", accounts, f"{self.run}%"):
            self.stored[email.partition("@")[0]].append((identifier, "completed"))
        reader = EventReader(self.system.bootstrap, (*TOPICS, *DEAD_LETTERS))
        read = reader.read_to_end()
        reader.close()
        self.dead = [event for event in read if event.topic in DEAD_LETTERS]
        self.events = [event for event in read if event.topic in TOPICS]
        self.by_key = defaultdict(set)
        self.announced = set()
        for event in self.events:
            self.by_key[event.key, event.type].add(event.headers.get("id"))
            self.announced.add(event.correlation_id)
        self.notifications = defaultdict(list)
        of_event = "SELECT event_id, channel, notification_id, status FROM notification"
        for event_id, channel, identifier, status in rows(self.system, "notifications", of_event):
            self.notifications[event_id, channel].append((identifier, status))
        self.mails = Counter(mail_notifications(self.system.mailbox))
        self.cut_off = cut_off_notifications(self.system)

    def _judge(self, key, one, made):
        found = self.stored.get(key, [])
        if one["state"] == "fail":
            if found or key in self.announced:
                made.phantoms.append(f"{key} was refused and is there: {found}")
            return
        if len(found) > 1 or len(one["ids"]) > 1:
            made.doubled.append(f"{key}: {found}, answered {one['ids']}")
        if not found:
            if one["state"] == "ok":
                made.lost.append(f"{key}: no row, answered {one['ids']}")
            return
        (identifier, status), kind = found[0], one["kind"]
        if one["ids"] and identifier not in one["ids"]:
            made.lost.append(f"{key}: answered {one['ids']}, stored {identifier}")
        if status != "completed":
            made.lost.append(f"{key}: task {identifier} is {status}")
            return
        wanted = ("task.created.v1", "task.completed.v1") if kind == "task" else ("user.registered.v1",)
        for name in wanted:
            events = self.by_key[str(identifier), name]
            if len(events) != 1:
                where = made.doubled if events else made.lost
                where.append(f"{key}: {len(events)} {name} of {identifier}")
        for event_id in self.by_key[str(identifier), OUTCOME_EVENTS[kind]]:
            self._judge_effect(key, event_id, made)

    def _judge_effect(self, key, event_id, made):
        for channel in ("email", "in_app"):
            told = self.notifications.get((event_id, channel), [])
            if len(told) != 1:
                (made.doubled if told else made.lost).append(
                    f"{key}: {len(told)} notifications of event {event_id} by {channel}"
                )
        for notification, status in self.notifications.get((event_id, "email"), []):
            count = self.mails[notification]
            if status != "sent" or count == 0:
                made.lost.append(f"{key}: notification {notification} is {status}, {count} mails")
            # Cut off between the server's yes and our commit, a mail goes again under the same Message-ID.
            if count > 1 and notification not in self.cut_off:
                made.doubled.append(f"{key}: {count} mails of notification {notification}")


def lag(bootstrap, group, topics):
    """How many records the group has not done yet."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "enable.auto.commit": False})
    try:
        behind = 0
        for topic in topics:
            parts = consumer.list_topics(topic, timeout=10).topics[topic].partitions
            for place in consumer.committed([TopicPartition(topic, part) for part in parts], timeout=10):
                first, end = consumer.get_watermark_offsets(place, timeout=10)
                behind += end - (place.offset if place.offset >= 0 else first)
        return behind
    finally:
        consumer.close()


def disordered(events):
    """Keys whose versions go back, or whose events stand in two partitions. A repetition of an event
    counts once."""
    seen, last, home, found = set(), {}, {}, []
    for event in sorted(events, key=lambda each: (each.topic, each.partition, each.offset)):
        place = (event.topic, event.key)
        if home.setdefault(place, event.partition) != event.partition:
            found.append(f"{place}: in partitions {home[place]} and {event.partition}")
        if event.headers.get("id") in seen:
            continue
        seen.add(event.headers.get("id"))
        version = int(event.headers.get("aggregateversion", 0))
        if version < last.get(place, -1):
            found.append(f"{place}: version {version} after {last[place]} at offset {event.offset}")
        last[place] = version
    return found


def mail_notifications(mailbox):
    """The notification id of every stored mail, out of its Message-ID."""
    parser = BytesHeaderParser()
    for path in mailbox.glob("*.eml"):
        with open(path, "rb") as mail:
            name = parser.parse(mail)["Message-ID"]
        yield int(name.strip("<> ").partition(".")[0])


def cut_off_notifications(system):
    """Notifications whose sender says in its log that their mail may go twice."""
    found = set()
    for replica in system.replicas["notifications"]:
        for line in replica.log_lines():
            if CUT_OFF in line:
                found.add(json.loads(line)["notificationId"])
    return found
