"""Webhooks at a real endpoint that checks them with Standard Webhooks' own library."""

import itertools
import json
import socket
import threading
import time
from dataclasses import replace

import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
from support.receiver import always, in_turn, receiving
from support.waiting import eventually

# More deliveries than one process makes at once (webhook_slots_max).
MANY = 300
# That one user may have.
ENDPOINTS_MAX = 20


def verified(posted, secret):
    """The message, if who knows the secret has sent it."""
    return Webhook(secret).verify(posted.body, posted.headers)


def test_events_arrive_signed(outward):
    with receiving(always(204)) as endpoint:
        webhook = outward.webhook(f"{endpoint.root}/in?a=b", ["task.completed.v1"])
        task = outward.finished_task()
        posted = endpoint.wait_for()[0]
        message = verified(posted, webhook["secret"])
        assert message["type"] == "task.completed.v1"
        assert message["data"]["taskId"] == task["taskId"]
        assert (posted.path, posted.headers["content-type"]) == ("/in?a=b", "application/json")
        shown = eventually(lambda: outward.of_channel("webhook"), what="the log has it")[0]
        assert posted.headers["webhook-id"] == f"msg_{shown['notificationId']}"
        shown = outward.reaches(shown["notificationId"], "sent")
        assert shown["recipient"] == f"webhook {webhook['webhookId']}"
        assert shown["attempts"] == 1
        assert len(endpoint.posted) == 1, "nothing but what was asked for"


def test_a_changed_message_is_noticed(outward):
    with receiving(always(200)) as endpoint:
        webhook = outward.webhook(endpoint.root)
        outward.send_test(webhook)
        posted = endpoint.wait_for()[0]
        assert verified(posted, webhook["secret"])["type"] == "webhook.test.v1"
        with pytest.raises(WebhookVerificationError):
            verified(replace(posted, body=posted.body + b" "), webhook["secret"])


def test_a_rotation_signs_with_both_secrets(outward):
    with receiving(always(200)) as endpoint:
        webhook = outward.webhook(endpoint.root)
        path = f"webhooks/{webhook['webhookId']}/secret"
        rotated = outward.call("POST", path)["webhook"]
        assert rotated["previousSecretUntil"] > rotated["createdAt"]
        outward.send_test(webhook)
        posted = endpoint.wait_for()[0]
        assert len(posted.headers["webhook-signature"].split()) == 2
        for secret in (webhook["secret"], rotated["secret"]):
            verified(posted, secret)
        # The next one pushes the first secret out.
        again = outward.call("POST", path)["webhook"]
        outward.send_test(webhook)
        posted = endpoint.wait_for(2)[1]
        for secret in (rotated["secret"], again["secret"]):
            verified(posted, secret)
        with pytest.raises(WebhookVerificationError):
            verified(posted, webhook["secret"])


def test_a_410_disables_the_endpoint(outward):
    with receiving(always(410)) as endpoint:
        webhook = outward.webhook(endpoint.root, ["task.completed.v1"])
        shown = outward.reaches(outward.send_test(webhook), "failed")
        assert shown["errorMessage"].startswith("410")
        path = f"webhooks/{webhook['webhookId']}"
        after = outward.call("GET", path)["webhook"]
        assert (after["enabled"], after["disabledReason"]) == (False, "410")
        outward.call("POST", f"{path}/test", 409)
        outward.finished_task()
        eventually(
            lambda: any(each["eventType"] == "task.completed.v1" for each in outward.of_channel("email")),
            what="the task's mail is written",
        )
        assert len(outward.of_channel("webhook")) == 1
        assert len(endpoint.posted) == 1
        assert outward.call("PATCH", path, json={"enabled": True})["webhook"]["disabledReason"] is None


def test_it_is_tried_again_until_it_is_taken(outward):
    with receiving(in_turn((500, {}), (500, {}), (500, {}), (200, {}))) as endpoint:
        webhook = outward.webhook(endpoint.root)
        shown = outward.reaches(outward.send_test(webhook), "sent")
        assert shown["attempts"] == 4
        assert [each["outcome"] for each in shown["attemptLog"]] == ["retry", "retry", "retry", "sent"]
        posted = endpoint.wait_for(4)
        assert len({each.headers["webhook-id"] for each in posted}) == 1
        assert len({each.body for each in posted}) == 1
        for each in posted:
            verified(each, webhook["secret"])
        gaps = [later.at - earlier.at for earlier, later in zip(posted, posted[1:])]
        assert min(gaps) >= 0.25, gaps


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(outward, status):
    with receiving(in_turn((status, {"Retry-After": "2"}), (200, {}))) as endpoint:
        shown = outward.reaches(outward.send_test(outward.webhook(endpoint.root)), "sent")
        first, second = endpoint.wait_for(2)
        assert 1.9 <= second.at - first.at < 6.0
        assert shown["attempts"] == 2


def test_after_the_last_wait_it_has_failed(outward):
    with receiving(always(404)) as endpoint:
        shown = outward.reaches(outward.send_test(outward.webhook(endpoint.root)), "failed")
        assert shown["attempts"] == 5
        assert shown["errorMessage"].startswith("404")
        assert len(endpoint.posted) == 5


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://[::1]/",
        "https://169.254.169.254/latest/meta-data",
        "https://[::ffff:127.0.0.1]/",
        "https://2130706433/",
        "https://127.1/",
        "http://hooks.example.org/",
        "https://user:secret@hooks.example.org/",
    ],
)
def test_what_leads_inside_is_refused_when_given(outward, url):
    refusal = outward.call("POST", "webhooks", 422, json={"url": url})
    assert [each["pointer"] for each in refusal["errors"]] == ["/url"]


def test_a_name_that_leads_inside_is_not_asked(outward):
    with socket.create_server(("127.0.0.1", 0)) as inside:
        webhook = outward.webhook(f"https://localhost:{inside.getsockname()[1]}/")
        shown = outward.reaches(outward.send_test(webhook), "failed")
        assert "public address" in shown["errorMessage"]
        assert shown["attempts"] == 1
        inside.settimeout(0.2)
        with pytest.raises(TimeoutError):
            inside.accept()


def test_redirects_are_not_followed(outward):
    with receiving(always(200)) as elsewhere:
        with receiving(in_turn((307, {"Location": elsewhere.root}), (200, {}))) as endpoint:
            outward.reaches(outward.send_test(outward.webhook(endpoint.root)), "sent")
            assert len(endpoint.wait_for(2)) == 2
            assert elsewhere.posted == []


def test_a_slow_endpoint_holds_nobody_else_up(outward):
    slow_done = threading.Event()

    def slowly(number, posted):
        slow_done.wait(10.0)
        return 200, {}

    with receiving(slowly) as slow, receiving(always(200)) as quick:
        waiting = outward.send_test(outward.webhook(slow.root))
        slow.wait_for()
        begun = time.monotonic()
        outward.reaches(outward.send_test(outward.webhook(quick.root)), "sent")
        assert time.monotonic() - begun < 5.0
        assert outward.notification(waiting)["status"] == "sending"
        slow_done.set()
        outward.reaches(waiting, "sent")


def test_many_to_slow_endpoints_of_one_user_hold_up_nobody_elses(outward):
    slow_done = threading.Event()

    def never(number, posted):
        slow_done.wait(60.0)
        return 200, {}

    other = outward.client.new_user()
    with receiving(never) as slow, receiving(always(200)) as quick:
        hanging = [outward.webhook(f"{slow.root}/{number}") for number in range(ENDPOINTS_MAX)]
        for _, each in zip(range(MANY), itertools.cycle(hanging)):
            outward.send_test(each)
        slow.wait_for()
        body = {"url": quick.root, "eventTypes": ["webhook.test.v1"]}
        webhook = outward.call("POST", "webhooks", 201, other, json=body)["webhook"]
        outward.call("POST", f"webhooks/{webhook['webhookId']}/test", 202, other)
        verified(quick.wait_for(timeout_s=5.0)[0], webhook["secret"])
        slow_done.set()
        slow.wait_for(MANY)


def test_by_tls_to_an_authority_that_the_operator_trusts(outward):
    with receiving(always(200), tls=outward.system.tls) as endpoint:
        webhook = outward.webhook(endpoint.root)
        outward.reaches(outward.send_test(webhook), "sent")
        verified(endpoint.posted[0], webhook["secret"])


def test_an_administrator_hears_of_everyone(outward):
    admin = outward.client.log_in(replace(outward.system.administrator))
    with receiving(always(200)) as endpoint:
        body = {"url": endpoint.root, "everyone": True, "eventTypes": ["task.completed.v1"]}
        outward.call("POST", "webhooks", 403, json=body)
        webhook = outward.call("POST", "webhooks", 201, admin, json=body)["webhook"]
        try:
            task = outward.finished_task()
            endpoint.wait_for()
            told = [json.loads(each.body)["data"]["taskId"] for each in endpoint.posted]
            assert task["taskId"] in told
            assert outward.of_channel("webhook") == [], "the log of it is the administrator's"
        finally:
            outward.call("DELETE", f"webhooks/{webhook['webhookId']}", 204, admin)
