"""The end-to-end tests use the fixtures that both kinds share, and a visitor who is already logged in."""

from dataclasses import replace
from types import SimpleNamespace

import pytest
from support.client import Client
from support.fixtures import *  # noqa: F401, F403 (pytest finds fixtures by their names here)


@pytest.fixture(scope="module")
def visitor(system):
    """A client, its logged-in user and the administrator, for tests that only read or are refused: one a file
    and system."""
    client = Client(system)
    admin = client.log_in(replace(system.administrator))
    yield SimpleNamespace(client=client, user=client.new_user(), admin=admin, system=system)
    client.close()
