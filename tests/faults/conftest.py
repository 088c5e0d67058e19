"""The fault tests share one clustered system; each leaves it whole, whatever it broke."""

import pytest
from support.breakable import *  # noqa: F401, F403 (pytest finds fixtures by their names here)
from support.fixtures import *  # noqa: F401, F403


@pytest.fixture(scope="session")
def broken_system(breakable_system):
    return breakable_system
