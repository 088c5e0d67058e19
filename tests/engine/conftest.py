"""The engine tests have systems of their own, with leases as in production, whose processes they kill."""

import pytest
from parts.system import Clustered, Embedded
from support import administrator
from support.breakable import *  # noqa: F401, F403 (pytest finds fixtures by their names here)
from support.engine import Engine
from support.fixtures import PORT_OFFSET, VISITORS, folder

# Some tests take longer than the ten minutes of a token.
SETTINGS = {**VISITORS, "ESM_AUTH_ACCESS_TOKEN_LIFETIME": "1h"}


@pytest.fixture(scope="session")
def engine_embedded():
    system = Embedded(folder("engine-embedded"), PORT_OFFSET, SETTINGS)
    system.administrator = administrator.create(system)
    try:
        yield system.start()
    finally:
        system.stop()


@pytest.fixture(scope="session")
def engine_clustered():
    system = Clustered(folder("engine"), PORT_OFFSET + 400, replicas=2, settings=SETTINGS)
    try:
        system.start()
        system.administrator = administrator.create(system)
        yield system
    finally:
        system.remove()


@pytest.fixture(params=["embedded", "clustered"], scope="session")
def broken_system(request):
    """Both kinds, unless the test is marked `clustered_alone`."""
    return request.getfixturevalue(f"engine_{request.param}")


@pytest.fixture
def engine(whole):
    made = Engine(whole)
    yield made
    made.close()
