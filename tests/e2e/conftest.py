"""The end-to-end tests use the fixtures that both kinds share, and a visitor who is already logged in."""

from types import SimpleNamespace

import pytest
from support.client import Client
from support.fixtures import *  # noqa: F401, F403 (pytest finds fixtures by their names here)


@pytest.fixture(scope="module")
def visitor(system):
    """A client and its logged-in user, for tests that only read or are refused: one a file and system."""
    client = Client(system)
    yield SimpleNamespace(client=client, user=client.new_user(), system=system)
    client.close()
