"""What the mail server says decides: try later, never again, not at all yet."""

import time

import pytest
from support.waiting import eventually


def mails_of(visitor, user):
    query = {"channel": "email"}
    return visitor.get("notifications", "notifications", user, params=query).json()["notifications"]


def notification(visitor, user):
    """The user's only mail with its attempts."""
    (found,) = mails_of(visitor, user)
    answer = visitor.get("notifications", f"notifications/{found['notificationId']}", user)
    return answer.json()["notification"]


def ended(visitor, user, timeout_s=30.0):
    def probe():
        found = mails_of(visitor, user)
        return found and found[0]["status"] in ("sent", "failed") and notification(visitor, user)

    return eventually(probe, timeout_s, "the notification ends")


def refused_user(visitor, **refusal):
    """A user whose address the mail server refuses from before the welcome on."""
    body = visitor.registration()
    visitor.system.smtp.refuse(recipient=body["email"], **refusal)
    return visitor.new_user(username=body["username"], email=body["email"])


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_mail_put_off_goes_out_once_after_the_time_named(whole, visitor, stage):
    user = refused_user(visitor, code=451, text="try again in 4 seconds", times=1, stage=stage)
    done = ended(visitor, user)
    assert done["status"] == "sent" and done["errorMessage"] is None
    assert [each["outcome"] for each in done["attemptLog"]] == ["retry", "sent"]
    assert "451" in done["attemptLog"][0]["errorMessage"]
    times = [each["time"] for each in whole.smtp.attempts(user.email)]
    assert len(times) == 2 and times[1] - times[0] >= 4.0
    assert len(whole.mails(user.email)) == 1


def test_several_refusals_for_the_moment_are_waited_out(whole, visitor):
    user = refused_user(visitor, code=450, text="mailbox busy", times=3)
    done = ended(visitor, user, 40.0)
    assert [each["outcome"] for each in done["attemptLog"]] == ["retry"] * 3 + ["sent"]
    assert len(whole.mails(user.email)) == 1


@pytest.mark.parametrize("stage", ["rcpt", "data"])
def test_a_mail_refused_for_good_fails_at_once(whole, visitor, stage):
    user = refused_user(visitor, code=550, text="no such user here", stage=stage)
    done = ended(visitor, user)
    assert done["status"] == "failed" and "550" in done["errorMessage"]
    assert [each["outcome"] for each in done["attemptLog"]] == ["failed"]
    time.sleep(2.0)
    assert len(whole.smtp.attempts(user.email)) == 1 and whole.mails(user.email) == []


def test_one_refused_address_holds_nobody_up(whole, visitor):
    blocked = refused_user(visitor, code=451, text="try again in 300 seconds")
    others = [visitor.register() for _ in range(5)]
    for each in others:
        eventually(lambda each=each: whole.mails(each.email), 15.0, "the mail of somebody else")
    assert notification(visitor, blocked)["status"] == "retrying"
    whole.smtp.accept()


def test_a_server_that_closes_is_waited_for(whole, visitor):
    user = refused_user(visitor, code=421, text="shutting down", times=2)
    done = ended(visitor, user, 40.0)
    assert done["status"] == "sent"
    assert len(whole.mails(user.email)) == 1
