"""The security tests attack the same systems as the end-to-end tests, from outside.

A module says in SYSTEM which one: who may do what does not depend on it; limits and revocation have to hold
over replicas.
"""

from types import SimpleNamespace

import pytest
from support.client import Client
from support.events import EventReader
from support.fixtures import *  # noqa: F401, F403 (pytest finds fixtures by their names here)
from support.grants import client_token, make_api_key, make_client


@pytest.fixture(scope="module")
def system(request):
    return request.getfixturevalue(f"{request.module.SYSTEM}_system")


@pytest.fixture(scope="module")
def callers(system):
    """Everybody who may try: two users, an administrator, an API key and an OAuth client that may little."""
    client = Client(system)
    owner, stranger = client.new_user(), client.new_user()
    admin = client.log_in(system.administrator)
    weak_key = make_api_key(client, stranger, ["notifications:read"])
    weak_client = make_client(client, admin, ["notifications:read"])
    yield SimpleNamespace(
        client=client,
        owner=owner,
        stranger=stranger,
        admin=admin,
        weak_key=weak_key,
        weak_client=client_token(client, weak_client),
    )
    client.close()


@pytest.fixture
def clustered_events(clustered_system):
    reader = EventReader(clustered_system.bootstrap)
    yield reader
    reader.close()
