"""The faults that meet notifications, on a clustered system of their own with short waits."""

import pytest
from support.breakable import *  # noqa: F401, F403 (pytest finds fixtures by their names here)
from support.fixtures import BREAKABLE_SETTINGS, LINKS, clustered
from support.receiver import HOST
from support.text_messages import providing

SETTINGS = {
    **BREAKABLE_SETTINGS,
    **LINKS,
    "ESM_NOTIFICATIONS_WEBHOOK_ALLOWED_NETWORKS": f"{HOST}/32",
    "ESM_NOTIFICATIONS_WEBHOOK_BACKOFF_MS": "300,300,300,300",
}


@pytest.fixture(scope="session")
def text_messages():
    with providing() as provider:
        yield provider


@pytest.fixture(scope="session")
def broken_system(text_messages):
    yield from clustered("notification-faults", 500, {**SETTINGS, **text_messages.settings})
