"""Messages to real servers of the tests' own: an embedded system that may reach 127.0.0.2 and trusts it."""

from types import SimpleNamespace

import pytest
from parts.system import Embedded
from support import administrator
from support.client import Client
from support.fixtures import *  # noqa: F401, F403 (pytest finds fixtures by their names here)
from support.fixtures import LINKS, PORT_OFFSET, VISITORS, folder
from support.receiver import HOST, make_tls
from support.waiting import eventually

# Waits that a test can sit out; 300 ms after each failed delivery to an endpoint.
OUTWARD = {
    **VISITORS,
    **LINKS,
    "ESM_NOTIFICATIONS_WEBHOOK_ALLOWED_NETWORKS": f"{HOST}/32",
    "ESM_NOTIFICATIONS_WEBHOOK_BACKOFF_MS": "300,300,300,300",
    "ESM_NOTIFICATIONS_BACKOFF_FIRST_MS": "100ms",
}


@pytest.fixture(scope="session")
def outward_system():
    """`esm serve all`, one for the whole run; `tls` is a server's context that it trusts."""
    directory = folder("outward")
    ca_file, tls = make_tls(directory)
    settings = {**OUTWARD, "ESM_NOTIFICATIONS_OUTGOING_CA_FILE": ca_file}
    system = Embedded(directory, PORT_OFFSET, settings)
    system.administrator = administrator.create(system)
    system.tls = tls
    try:
        yield system.start()
    finally:
        system.stop()


class Outward(SimpleNamespace):
    """A visitor with an account, and what it does with notifications."""

    def call(self, method, path="", status=200, user=None, **options):
        """The JSON of the answer, which has this status; None where it has no body."""
        where = f"notifications/{path}" if path else "notifications"
        answer = self.client.request(method, "notifications", where, user or self.user, **options)
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None

    def webhook(self, url, types=("webhook.test.v1",)):
        """One for these types: the account's own first events, such as its login, may still be coming."""
        return self.call("POST", "webhooks", 201, json={"url": url, "eventTypes": types})["webhook"]

    def send_test(self, webhook):
        """Its notification's id."""
        return self.call("POST", f"webhooks/{webhook['webhookId']}/test", 202)["notificationId"]

    def notification(self, notification_id):
        return self.call("GET", str(notification_id))["notification"]

    def reaches(self, notification_id, status, timeout_s=20.0):
        """The notification once it has this status."""

        def probe():
            shown = self.notification(notification_id)
            return shown if shown["status"] == status else None

        return eventually(probe, timeout_s, f"notification {notification_id} is {status}")

    def of_channel(self, channel):
        return self.call("GET", params={"channel": channel})["notifications"]

    def finished_task(self):
        """A task of the visitor's that has completed."""
        task = self.client.create_task(self.user)
        return self.client.finished_task(self.user, task["taskId"])


@pytest.fixture
def outward(outward_system):
    """A new user of the system that reaches out."""
    client = Client(outward_system)
    yield Outward(client=client, user=client.new_user(), system=outward_system)
    client.close()
