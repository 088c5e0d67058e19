"""Fixtures of the end-to-end and fault tests. Their conftest.py files import all of it."""

import os
import shutil
from dataclasses import replace

import pytest
from parts.system import ROOT, Clustered, Embedded
from support import administrator
from support.client import Client
from support.events import EventReader
from support.stored import EmbeddedEvents

# Clear of a system that runs on the default ports. Clustered systems lie a hundred above the embedded one.
PORT_OFFSET = int(os.environ.get("ESM_TEST_PORT_OFFSET", "3000"))


# Each client of the tests is a visitor from an address of its own: no test meets another's limits.
VISITORS = {
    "ESM_SYSTEM_TRUSTED_PROXIES": "127.0.0.1",
    # Where tests serve files from; 127.0.0.1 stays as closed as every other address inside.
    "ESM_TASKS_FETCH_ALLOWED_NETWORKS": "127.0.0.2/32",
}
# A new key signs after 4 s, not ten minutes; who verifies may keep keys for half of that, as by default.
FAST_ROTATION = {"ESM_AUTH_KEY_ACTIVATION_DELAY": "4s"}
KEYS_KEPT_S = 2
# Where the links in mails lead; nobody follows them there.
LINKS = {"ESM_NOTIFICATIONS_PUBLIC_URL": "https://monitor.example.org"}


def folder(name):
    """A fresh folder that stays after the run, for its logs: build/tests/OFFSET/NAME."""
    path = ROOT / "build" / "tests" / str(PORT_OFFSET) / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def embedded(name, settings):
    """`esm serve all` with an administrator, until the generator is closed."""
    system = Embedded(folder(name), PORT_OFFSET, settings)
    system.administrator = administrator.create(system)
    try:
        yield system.start()
    finally:
        system.stop()


def clustered(name, offset, settings):
    """Replicas of each service on PostgreSQL, Kafka and SMTP with an administrator, until it is closed."""
    system = Clustered(folder(name), PORT_OFFSET + offset, replicas=2, settings=settings)
    try:
        system.start()
        system.administrator = administrator.create(system)
        yield system
    finally:
        system.remove()


@pytest.fixture(scope="session")
def embedded_system():
    """`esm serve all`, one for the whole run."""
    yield from embedded("embedded", {**VISITORS, **LINKS})


@pytest.fixture(scope="session")
def clustered_system():
    """The services in replicas, one system for the whole run."""
    yield from clustered("clustered", 200, {**VISITORS, **FAST_ROTATION, **LINKS})


# A dead process is noticed after its lease: short ones keep the fault tests short.
BREAKABLE_SETTINGS = {
    **VISITORS,
    "ESM_TASKS_LEASE_MS": "3s",
    "ESM_TASKS_RESCUE_EVERY_MS": "1s",
    "ESM_NOTIFICATIONS_LEASE_MS": "3s",
    "ESM_NOTIFICATIONS_CHANNEL_PAUSE_MAX_MS": "2s",
}


@pytest.fixture(scope="session")
def breakable_system():
    """A clustered system of the fault tests' own, whose parts they kill."""
    system = Clustered(folder("faults"), PORT_OFFSET + 400, replicas=2, settings=BREAKABLE_SETTINGS)
    try:
        yield system.start()
    finally:
        system.remove()


@pytest.fixture(params=["embedded", "clustered"], scope="session")
def system(request):
    """Runs a test on both kinds of system."""
    return request.getfixturevalue(f"{request.param}_system")


@pytest.fixture
def client(system):
    visitor = Client(system)
    yield visitor
    visitor.close()


@pytest.fixture
def admin(system, client):
    """The system's administrator, freshly logged in."""
    return client.log_in(replace(system.administrator))


@pytest.fixture
def embedded_client(embedded_system):
    visitor = Client(embedded_system)
    yield visitor
    visitor.close()


@pytest.fixture
def clustered_client(clustered_system):
    visitor = Client(clustered_system)
    yield visitor
    visitor.close()


@pytest.fixture
def events(system):
    """A reader of every event of the system, from the beginning."""
    reader = EmbeddedEvents(system) if system.kind == "embedded" else EventReader(system.bootstrap)
    yield reader
    reader.close()
