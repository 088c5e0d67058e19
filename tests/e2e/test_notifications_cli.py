"""`esm notifications` and `esm mail` as people type them: the log, what comes, dead letters, the mailbox."""

import json
import re
import signal
import uuid

import pytest
from confluent_kafka import Producer
from support.client import Client
from support.shell import DONE, INTERRUPTED, REFUSED, WRONG_COMMAND_LINE, Shell
from support.waiting import eventually

LETTERS = ("notifications", "dead-letters")
REFUSAL = "5.7.1 this mail is not wanted here"


@pytest.fixture
def user(client):
    return client.new_user()


@pytest.fixture
def shell(system, tmp_path, user):
    made = Shell(system, tmp_path)
    made.log_in(user)
    yield made
    made.close()


@pytest.fixture
def administrator(clustered_system, tmp_path):
    """A shell of an administrator at the clustered system, whose mail server can be told to refuse."""
    made = Shell(clustered_system, tmp_path)
    made.log_in(clustered_system.administrator)
    yield made
    clustered_system.smtp.accept()
    made.close()


def listed(shell, *arguments):
    return shell.json("notifications", "list", *arguments)["notifications"]


def first_mail(shell, status="sent"):
    """The user's first mail once it has that state."""

    def probe():
        found = [each for each in listed(shell, "--channel", "email") if each["status"] == status]
        return found and found[-1]

    return eventually(probe, 30.0, f"a mail that is {status}")


def test_the_log_is_listed_and_one_is_shown_with_its_attempts(shell, user):
    mail = first_mail(shell)
    lines = shell.done("notifications", "list", "--channel", "email").splitlines()
    assert lines[0].split()[:4] == ["ID", "CHANNEL", "EVENT", "RECIPIENT"]
    (line,) = [line for line in lines[1:] if line.split()[0] == str(mail["notificationId"])]
    assert user.email in line and "sent" in line
    assert shell.done("notifications", "list", "--status", "failed").splitlines()[1:] == []
    shown = shell.done("notifications", "show", mail["notificationId"])
    assert re.search(rf"^recipient +{user.email}$", shown, re.MULTILINE)
    head, attempt = shown.split("\n\n")[1].splitlines()
    assert head.split()[0] == "ATTEMPT" and attempt.split()[0] == "1" and "sent" in attempt
    whole = shell.json("notifications", "show", mail["notificationId"])["notification"]
    assert whole["attemptLog"][0]["outcome"] == "sent"
    missing = shell.run("notifications", "show", 77777777)
    assert missing.returncode == REFUSED and "no such notification" in missing.stderr
    assert shell.run("notifications", "list", "--channel", "fax").returncode == REFUSED
    # Who is no administrator sends nothing again.
    assert shell.run("notifications", "resend", mail["notificationId"]).returncode == REFUSED


def test_tail_shows_what_comes_until_it_is_interrupted(shell, user, client):
    kind = ("--channel", "email", "--event-type", "task.completed.v1")
    client.create_task(user)
    eventually(lambda: [each["status"] for each in listed(shell, *kind)] == ["sent"], 30.0, "a task's mail")
    tail = shell.start("notifications", "tail", "-n", 1, *kind, "--json")
    known = json.loads(tail.stdout.readline())
    assert known["recipient"] == user.email
    client.create_task(user)
    states = []
    while not states or states[-1] != "sent":
        change = json.loads(tail.stdout.readline())
        assert change["notificationId"] > known["notificationId"]
        states.append(change["status"])
    assert len(states) == len(set(states))  # each once
    tail.send_signal(signal.SIGINT)
    rest, _ = tail.communicate(timeout=10)
    assert tail.returncode == INTERRUPTED and rest == ""
    plain = shell.start("notifications", "tail", "--channel", "email")
    line = plain.stdout.readline()
    assert user.email in line and "\x1b" not in line
    plain.send_signal(signal.SIGINT)
    assert plain.wait(10) == INTERRUPTED


def test_a_refused_mail_is_redriven_once_the_server_is_mended(administrator, clustered_system):
    client = Client(clustered_system)
    body = client.registration()
    clustered_system.smtp.refuse(550, REFUSAL, recipient=body["email"])
    user = client.register(**body)

    def dead():
        letters = administrator.json(*LETTERS, "list", "--channel", "email")["deadLetters"]
        return [each for each in letters if each["notification"]["userId"] == user.user_id]

    (letter,) = eventually(dead, 30.0, "the dead letter")
    assert "550" in letter["reason"] and letter["notification"]["status"] == "failed"
    table = administrator.done(*LETTERS, "list", "--event-type", "user.registered.v1")
    assert re.search(rf"^{letter['id']} .*{user.email}.*550", table, re.MULTILINE)
    shown = administrator.done(*LETTERS, "show", letter["id"])
    assert re.search(rf"^notification\.recipient +{user.email}$", shown, re.MULTILINE)

    dry = administrator.done(*LETTERS, "redrive", letter["id"], "--dry-run")
    assert dry.splitlines()[0] == "1 would be redriven" and dead()
    clustered_system.smtp.accept()
    assert administrator.done(*LETTERS, "redrive", letter["id"]).splitlines()[0] == "1 redriven"
    eventually(lambda: clustered_system.mails(user.email), 30.0, "the mail after all")
    assert dead() == []
    again = administrator.run(*LETTERS, "redrive", letter["id"])
    assert again.returncode == REFUSED and "no dead letter" in again.stdout
    log = administrator.json("notifications", "show", letter["id"])["notification"]["attemptLog"]
    assert [each["outcome"] for each in log] == ["failed", "sent"]
    assert len(clustered_system.mails(user.email)) == 1
    resent = int(administrator.done("notifications", "resend", letter["id"]))
    assert resent > letter["id"]
    eventually(lambda: len(clustered_system.mails(user.email)) == 2, 30.0, "the mail once more")
    client.close()


def test_a_recipient_is_edited_before_a_letter_is_redriven(administrator, clustered_system):
    client = Client(clustered_system)
    body = client.registration()
    clustered_system.smtp.refuse(550, REFUSAL, recipient=body["email"])
    user = client.register(**body)

    def dead():
        letters = administrator.json(*LETTERS, "list")["deadLetters"]
        return [each for each in letters if each["notification"]["userId"] == user.user_id]

    (letter,) = eventually(dead, 30.0, "the dead letter")
    wrong = administrator.run(*LETTERS, "edit", letter["id"], "--recipient", "nobody")
    assert wrong.returncode == REFUSED and "/recipient" in wrong.stderr
    other = f"other-{uuid.uuid4().hex[:8]}@example.org"
    assert other in administrator.done(*LETTERS, "edit", letter["id"], "--recipient", other)
    administrator.done(*LETTERS, "redrive", letter["id"])
    eventually(lambda: clustered_system.mails(other), 30.0, "the mail to the other address")
    assert clustered_system.mails(user.email) == []
    client.close()


def test_a_poison_event_is_mended_and_applied(administrator, clustered_system, tmp_path):
    client = Client(clustered_system)
    user = client.new_user()
    reference = f"TASK{uuid.uuid4().hex[:12].upper()}"
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid.uuid4()),
        "ce_source": "/tasks",
        "ce_type": "task.completed.v1",
        "ce_time": "2026-01-02T03:04:05.000000Z",
        "ce_aggregateversion": "3",
    }
    producer = Producer({"bootstrap.servers": clustered_system.bootstrap, "acks": "all"})
    poison = b'{"taskReference": "' + reference.encode() + b'\x1b[2J\0", '
    producer.produce("task-processing-events", key="1", value=poison, headers=list(headers.items()))
    assert producer.flush(10) == 0

    def dead():
        letters = administrator.json(*LETTERS, "list", "--kind", "event")["deadLetters"]
        return [each for each in letters if each["eventId"] == headers["ce_id"]]

    (letter,) = eventually(dead, 30.0, "the dead event")
    assert letter["payloadEncoding"] == "base64"
    refused = administrator.run(*LETTERS, "redrive", letter["id"], "--kind", "event")
    assert refused.returncode == REFUSED and str(letter["id"]) in refused.stdout
    assert refused.stdout.splitlines()[0] == "0 redriven" and dead()

    payload = tmp_path / "payload.json"
    whole = {"taskId": 1, "userId": user.user_id, "taskReference": reference, "taskType": "demo"}
    payload.write_text(json.dumps(whole))
    assert reference in administrator.done(*LETTERS, "edit", letter["id"], "--payload", f"@{payload}")
    chosen = ("--kind", "event", "--topic", "task-processing-events")
    assert administrator.done(*LETTERS, "redrive", "--all", *chosen).splitlines()[0] == "1 redriven"
    eventually(
        lambda: [mail for mail in clustered_system.mails(user.email) if reference in mail["Subject"]],
        30.0,
        "the mail about the task",
    )
    assert dead() == []
    client.close()


def test_what_is_wrong_with_a_command_is_said(shell):
    assert shell.run(*LETTERS, "redrive").returncode == WRONG_COMMAND_LINE
    assert shell.run(*LETTERS, "edit", 1000).returncode == WRONG_COMMAND_LINE
    assert shell.run(*LETTERS, "list", "--kind", "mail").returncode == WRONG_COMMAND_LINE
    assert shell.run(*LETTERS, "list").returncode == REFUSED  # no administrator
    for words in ((), ("tail",), ("show",), LETTERS[1:], ("dead-letters", "redrive")):
        usage = shell.run("notifications", *words, "--help")
        assert usage.returncode == DONE and "Example" in usage.stdout, words


def code_of(text):
    return re.search(r"\b(\d{6})\b", text).group(1)


def test_the_mailbox_shows_a_verification_code(embedded_client, embedded_system, tmp_path):
    user = embedded_client.new_user()
    address = f"new-{uuid.uuid4().hex[:8]}@example.org"
    body = {"email": address, "currentPassword": user.password}
    asked = embedded_client.put("users", "users/me/email", user, json=body)
    assert asked.status_code == 202, asked.text
    shell = Shell(embedded_system, tmp_path)
    where = ("--to", address, "--data", embedded_system.data)

    def subjects():
        lines = shell.done("mail", "list", *where, "--json").splitlines()
        return [json.loads(line)["subject"] for line in lines]

    eventually(lambda: len(subjects()) == 1, 30.0, "the mail with a code")
    table = shell.done("mail", "list", *where).splitlines()
    assert table[0].split() == ["N", "DATE", "TO", "SUBJECT"] and len(table) == 2
    assert table[1].startswith("1 ") and address in table[1] and table[1].endswith(subjects()[0])
    shown = shell.done("mail", "show", 1, *where)
    assert re.search(rf"^To: +{address}$", shown, re.MULTILINE)
    confirmation = {"email": address, "code": code_of(shown)}
    confirmed = embedded_client.post("users", "users/email-verifications/confirm", json=confirmation)
    assert confirmed.status_code == 204, confirmed.text

    page = tmp_path / "mail.html"
    shell.done("mail", "show", 1, *where, "--html", page)
    assert "<html" in page.read_text() and code_of(shown) in page.read_text()
    assert "Content-Transfer-Encoding: quoted-printable" in shell.done("mail", "show", 1, *where, "--raw")
    beyond = shell.run("mail", "show", 1000, *where)
    assert beyond.returncode == REFUSED and "there are only" in beyond.stderr


def test_a_mail_moves_no_cursor_and_a_missing_mailbox_is_named(embedded_system, tmp_path):
    shell = Shell(embedded_system, tmp_path)
    mailbox = tmp_path / "mailbox"
    missing = shell.run("mail", "list", "--mailbox", mailbox)
    assert missing.returncode == REFUSED and str(mailbox) in missing.stderr
    mailbox.mkdir()
    assert shell.done("mail", "list", "--mailbox", mailbox).splitlines() == ["N  DATE  TO  SUBJECT"]
    hostile = b"Subject: =?utf-8?Q?clear=1B[2J?=\r\nTo: a@example.org\r\n\r\n\x1b]0;title\x07\r\nbye\r\n"
    (mailbox / "1.eml").write_bytes(hostile)
    for command in ("list", "show"):
        assert "\x1b" not in shell.done("mail", command, "--mailbox", mailbox)
    assert shell.done("mail", "show", "--mailbox", mailbox).splitlines()[-2:] == ["?]0;title?", "bye"]
