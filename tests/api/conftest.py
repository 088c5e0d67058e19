"""The contracts' own tests run against the embedded system."""

import pytest
from parts.system import Embedded
from support import administrator
from support.fixtures import *  # noqa: F401, F403 (pytest finds fixtures by their names here)
from support.fixtures import PORT_OFFSET, VISITORS, folder

# Nothing may last: a stream of events ends by itself, a long poll before the next case waits for it.
SHORT = {
    "ESM_TASKS_WATCH_LIFETIME_MAX_MS": "300ms",
    "ESM_TASKS_WATCH_WAIT_MAX_MS": "300ms",
    "ESM_NOTIFICATIONS_STREAM_LIFETIME_MAX_MS": "300ms",
}


@pytest.fixture(scope="session")
def embedded_system():
    """`esm serve all` whose streams are short, one for the whole run."""
    system = Embedded(folder("embedded"), PORT_OFFSET, {**VISITORS, **SHORT})
    system.administrator = administrator.create(system)
    try:
        yield system.start()
    finally:
        system.stop()
