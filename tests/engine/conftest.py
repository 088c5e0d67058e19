"""The engine tests have systems of their own, with leases as in production, whose processes they kill."""

import pytest
from support.breakable import *  # noqa: F401, F403 (pytest finds fixtures by their names here)
from support.engine import Engine
from support.fixtures import VISITORS, clustered, embedded

# Some tests take longer than the ten minutes of a token. As many threads as slots: sleepers use no core.
SETTINGS = {**VISITORS, "ESM_AUTH_ACCESS_TOKEN_LIFETIME": "1h", "ESM_TASKS_WORKER_THREADS": "8"}


@pytest.fixture(scope="session")
def engine_embedded():
    yield from embedded("engine-embedded", SETTINGS)


@pytest.fixture(scope="session")
def engine_clustered():
    yield from clustered("engine", 400, SETTINGS)


@pytest.fixture(params=["embedded", "clustered"], scope="session")
def broken_system(request):
    """Both kinds, unless the test is marked `clustered_alone`."""
    return request.getfixturevalue(f"engine_{request.param}")


@pytest.fixture
def engine(whole):
    made = Engine(whole)
    yield made
    made.close()
