"""What the mail server does: puts off, refuses, hangs up, is away for a minute."""

import time

import pytest
from support.receiver import always, receiving
from support.stored import rows
from support.waiting import eventually

AWAY_S = 60.0
# The longest pause between two tries of a channel (conftest.py), its jitter and the delivery itself.
ONE_BACKOFF_S = 5.0
PHONE = "+4930123456"


def mail_of(visitor, user, timeout_s=30.0, event_type="user.registered.v1"):
    """The user's mail about the event with its attempts, once it has ended."""
    query = {"channel": "email", "eventType": event_type}

    def probe():
        answer = visitor.get("notifications", "notifications", user, params=query).json()["notifications"]
        if not answer or answer[0]["status"] in ("pending", "sending", "retrying"):
            return None
        path = f"notifications/{answer[0]['notificationId']}"
        return visitor.get("notifications", path, user).json()["notification"]

    return eventually(probe, timeout_s, "the mail has ended")


def refused_user(visitor, **refusal):
    """A user whose address the mail server refuses from before the welcome on."""
    body = visitor.registration()
    visitor.system.smtp.refuse(recipient=body["email"], **refusal)
    return visitor.new_user(username=body["username"], email=body["email"])


def outcomes(mail):
    return [each["outcome"] for each in mail["attemptLog"]]


def test_451_with_30_seconds_is_retried_once_and_not_before(whole, visitor):
    user = refused_user(visitor, code=451, text="4.7.1 greylisted, try again in 30 seconds", times=1)
    mail = mail_of(visitor, user, timeout_s=60.0)
    assert mail["status"] == "sent" and outcomes(mail) == ["retry", "sent"]
    times = [each["time"] for each in whole.smtp.attempts(user.email)]
    assert len(times) == 2 and times[1] - times[0] >= 30.0
    assert len(whole.mails(user.email)) == 1


def test_550_is_not_retried_and_its_address_suppressed(whole, visitor):
    user = refused_user(visitor, code=550, text="5.1.1 no such user here", times=1)
    mail = mail_of(visitor, user)
    assert mail["status"] == "failed" and outcomes(mail) == ["failed"]
    assert "550" in mail["errorMessage"]
    task = visitor.create_task(user)
    visitor.finished_task(user, task["taskId"])
    later = mail_of(visitor, user, event_type="task.completed.v1")
    assert later["status"] == "suppressed" and later["attempts"] == 0
    assert "550" in later["errorMessage"]
    assert len(whole.smtp.attempts(user.email)) == 1, "nobody asked the server again"


def test_a_dropped_connection_is_no_refusal(whole, visitor):
    user = refused_user(visitor, code=421, text="4.3.2 closing", times=2, stage="data")
    mail = mail_of(visitor, user)
    assert mail["status"] == "sent" and mail["attemptLog"][-1]["outcome"] == "sent"
    assert len(whole.mails(user.email)) == 1


def watching_user(visitor, endpoint):
    """A user who is told of completed tasks by text message and webhook besides the usual channels."""
    user = visitor.new_user(phone=PHONE)
    wishes = {"events": {"task.completed.v1": {"sms": {"enabled": True}}}}
    answer = visitor.put("notifications", "notifications/preferences", user, json=wishes)
    assert answer.status_code == 200, answer.text
    hook = {"url": f"{endpoint.root}/hook", "eventTypes": ["task.completed.v1"]}
    answer = visitor.post("notifications", "notifications/webhooks", user, json=hook)
    assert answer.status_code == 201, answer.text
    return user


def told(endpoint, text_messages, task):
    """Whether the watching user has heard of the task on both channels."""
    reference = task["taskReference"]
    posted = any(reference.encode() in each.body for each in list(endpoint.posted))
    return posted and any(reference in text for text in text_messages.to(PHONE))


@pytest.mark.timeout(300)
def test_a_server_away_for_60_seconds_under_load_loses_nothing(whole, visitor, load, audit, text_messages):
    """The channel pauses, the others go on, and the backlog drains within one backoff."""
    with receiving(always(200)) as endpoint, load(rate=20.0).running() as driver:
        watcher = watching_user(visitor, endpoint)
        driver.wait_accepted(20)
        whole.smtp.stop()
        gone = time.monotonic()
        while time.monotonic() - gone < AWAY_S:
            task = visitor.create_task(watcher)
            visitor.finished_task(watcher, task["taskId"])
            eventually(
                lambda task=task: told(endpoint, text_messages, task),
                10.0,
                "a webhook and a text message meanwhile",
            )
            time.sleep(2.0)
        whole.smtp.start()
        back = time.time()
    audit(driver)
    left = "SELECT count(*) FROM notification WHERE status IN ('pending', 'sending', 'retrying')"
    eventually(lambda: rows(whole, "notifications", left)[0][0] == 0, 30.0, "the backlog is gone")
    late = "SELECT max(sent_at) FROM notification WHERE channel = 'email' AND created_at < ?"
    drained_s = rows(whole, "notifications", late, int(back * 1e6))[0][0] / 1e6 - back
    print(f"the backlog was sent {drained_s:.1f} s after the server was back")
    assert drained_s <= ONE_BACKOFF_S
    dead = "SELECT count(*) FROM dead_notification WHERE failed_at > ?"
    assert rows(whole, "notifications", dead, int((back - AWAY_S) * 1e6))[0][0] == 0
