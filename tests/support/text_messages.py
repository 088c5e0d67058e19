"""A provider of text messages in Twilio's way (its Messages API): takes every message of its one account and
keeps it. Lives as long as the block that it is made for."""

import base64
import json
import secrets
from contextlib import contextmanager
from urllib.parse import parse_qs

from support.receiver import receiving

ACCOUNT, SENDER = "AC" + "0" * 32, "+4930999999"


class TextMessages:
    """What was sent, and the settings that have it sent here."""

    def __init__(self, server, token):
        self._server = server
        self.settings = {
            "ESM_NOTIFICATIONS_SMS_URL": server.root,
            "ESM_NOTIFICATIONS_SMS_ACCOUNT": ACCOUNT,
            "ESM_NOTIFICATIONS_SMS_TOKEN": token,
            "ESM_NOTIFICATIONS_SMS_SENDER": SENDER,
        }

    def to(self, number):
        """The texts that were sent to the number, in order."""
        forms = [parse_qs(posted.body.decode()) for posted in list(self._server.posted)]
        return [form["Body"][0] for form in forms if form["To"] == [number] and form["From"] == [SENDER]]


def _as_json(status, /, **members):
    return status, {"Content-Type": "application/json"}, json.dumps(members).encode()


@contextmanager
def providing():
    """The provider on a port of its own."""
    token = secrets.token_hex(16)
    basic = "Basic " + base64.b64encode(f"{ACCOUNT}:{token}".encode()).decode()

    def take(number, posted):
        if posted.headers.get("authorization") != basic:
            return _as_json(401, code=20003, message="Authenticate")
        if posted.path != f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
            return _as_json(404, code=20404, message="Not found")
        return _as_json(201, sid=f"SM{number:032x}", status="queued")

    with receiving(take) as server:
        yield TextMessages(server, token)
