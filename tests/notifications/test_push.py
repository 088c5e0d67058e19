"""Web Push to a push service of the test's own: http-ece decrypts each message and py-vapid checks its
sender, which share nothing with what sends."""

import base64
import json
import secrets
import time

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02
from support.receiver import always, in_turn, make_tls, receiving
from support.waiting import eventually

DAY_S = 24 * 3600


def to_base64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Browser:
    """A browser's subscription at a push service: its keys, and the way back to a message."""

    def __init__(self, root):
        self.endpoint = f"{root}/push/{secrets.token_urlsafe(12)}"
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = secrets.token_bytes(16)

    def subscription(self):
        """As PushSubscription.toJSON() gives it."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": to_base64(point), "auth": to_base64(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def read(self, posted):
        """RFC 8291, by another's code."""
        assert posted.headers["content-encoding"] == "aes128gcm"
        return json.loads(http_ece.decrypt(posted.body, private_key=self.key, auth_secret=self.auth))


def sender_of(posted, root):
    """The key of the sender, whose token is good for this push service and now (RFC 8292)."""
    # py-vapid reads the parameters without the space that RFC 8292 shows between them.
    authorization = posted.headers["authorization"].replace(", ", ",")
    assert Vapid02.verify(authorization)
    parts = dict(part.split("=", 1) for part in authorization.removeprefix("vapid ").split(","))
    claims = json.loads(from_base64(parts["t"].split(".")[1]))
    assert claims["aud"] == root
    assert claims["sub"].startswith(("mailto:", "https://"))
    assert time.time() < claims["exp"] <= time.time() + DAY_S
    return parts["k"]


def register(outward, browser, status=201):
    body = {"kind": "web_push", "subscription": browser.subscription(), "label": "a test's browser"}
    return outward.call("POST", "devices", status, json=body)["device"]


def pushed(outward, device, status):
    """The notification to the device once it has this status."""

    def probe():
        recipient = f"device {device['deviceId']}"
        found = [each for each in outward.of_channel("push") if each["recipient"] == recipient]
        return found[0] if found and found[0]["status"] == status else None

    shown = eventually(probe, 20.0, f"the message to {device} is {status}")
    return outward.notification(shown["notificationId"])


def test_a_browser_reads_what_is_meant_for_it(outward):
    key = outward.call("GET", "devices/application-server-key")["applicationServerKey"]
    with receiving(always(201, Location="/message/1"), tls=outward.system.tls) as service:
        browser, other = Browser(service.root), Browser(service.root)
        device = register(outward, browser)
        task = outward.finished_task()
        posted = service.wait_for()[0]
        shown = pushed(outward, device, "sent")
        assert sender_of(posted, service.root) == key
        assert f"{service.root}{posted.path}" == browser.endpoint
        assert int(posted.headers["ttl"]) > 0
        message = browser.read(posted)
        assert message["notificationId"] == shown["notificationId"]
        assert message["eventType"] == "task.completed.v1"
        assert message["title"] and message["body"]
        assert message["data"]["taskId"] == task["taskId"]
        with pytest.raises(http_ece.ECEException):
            other.read(posted)
        # At rest nobody can tell what it is written to by.
        for stored in outward.system.data.glob("notifications.db*"):
            assert browser.endpoint.encode() not in stored.read_bytes(), stored


def test_each_device_gets_its_own_message(outward):
    with receiving(always(201), tls=outward.system.tls) as service:
        browsers = [Browser(service.root) for _ in range(3)]
        for each in browsers:
            register(outward, each)
        outward.finished_task()
        posted = {service.root + each.path: each for each in service.wait_for(3)}
        for each in browsers:
            assert each.read(posted[each.endpoint])["eventType"] == "task.completed.v1"


@pytest.mark.parametrize("status", [404, 410])
def test_a_dead_subscription_is_removed(outward, status):
    with receiving(always(status), tls=outward.system.tls) as service:
        browser = Browser(service.root)
        device = register(outward, browser)
        outward.finished_task()
        shown = pushed(outward, device, "failed")
        assert shown["attempts"] == 1
        assert shown["errorMessage"].startswith(str(status))
        assert outward.call("GET", "devices")["devices"] == []
        # It may come back, as another one.
        assert register(outward, browser)["deviceId"] != device["deviceId"]


def test_a_busy_service_is_asked_again_when_it_says(outward):
    answers = in_turn((429, {"Retry-After": "2"}), (201, {}))
    with receiving(answers, tls=outward.system.tls) as service:
        browser = Browser(service.root)
        device = register(outward, browser)
        outward.finished_task()
        first, second = service.wait_for(2)
        assert 1.9 <= second.at - first.at < 6.0
        # The service may replace what it holds already (RFC 8030 section 5.4).
        assert first.headers["topic"] == second.headers["topic"]
        assert browser.read(first) == browser.read(second)
        shown = pushed(outward, device, "sent")
        assert [each["outcome"] for each in shown["attemptLog"]] == ["retry", "sent"]


def test_a_message_that_is_never_taken_fails_at_once(outward):
    with receiving(always(413), tls=outward.system.tls) as service:
        device = register(outward, Browser(service.root))
        outward.finished_task()
        shown = pushed(outward, device, "failed")
        assert shown["attempts"] == 1
        listed = outward.call("GET", "devices")["devices"]
        assert [each["deviceId"] for each in listed] == [device["deviceId"]]


def test_a_service_with_a_strange_certificate_is_not_told_anything(outward, tmp_path):
    _, strange = make_tls(tmp_path)
    with receiving(always(201), tls=strange) as service:
        device = register(outward, Browser(service.root))
        outward.finished_task()
        pushed(outward, device, "retrying")
        assert service.posted == []
        outward.call("DELETE", f"devices/{device['deviceId']}", 204)


def test_the_same_browser_again_and_somebody_elses(outward):
    with receiving(always(201), tls=outward.system.tls) as service:
        browser = Browser(service.root)
        device = register(outward, browser)
        assert register(outward, browser, 200)["deviceId"] == device["deviceId"]
        stranger = outward.client.new_user()
        outward.call("DELETE", f"devices/{device['deviceId']}", 404, stranger)
        outward.call("DELETE", f"devices/{device['deviceId']}", 204)
        outward.finished_task()
        eventually(lambda: outward.of_channel("in_app"), what="the task's message is written")
        assert service.posted == []


@pytest.mark.parametrize("endpoint", ["http://127.0.0.2/a", "https://127.0.0.1/a", "https://10.0.0.1/a"])
def test_what_leads_inside_is_refused_when_given(outward, endpoint):
    browser = Browser("")
    browser.endpoint = endpoint
    body = {"kind": "web_push", "subscription": browser.subscription()}
    refusal = outward.call("POST", "devices", 422, json=body)
    assert [each["pointer"] for each in refusal["errors"]] == ["/subscription/endpoint"]
