"""What the suites share that break a system: it is whole before and after each test, an audit says whether
promises were kept. Their conftest.py files say which system, as `broken_system`."""

import signal

import pytest
from parts.process import PartError
from parts.system import is_ready
from support.acknowledged import Driver
from support.client import Client
from support.fixtures import folder
from support.ledger import Ledger
from support.waiting import eventually


def members(system):
    """Every process of the system that is ours; an embedded one has one for all services."""
    return {member.name: member for group in system.replicas.values() for member in group}.values()


def pids(system):
    return {member.name: member.process.pid() for member in members(system)}


def ready(system):
    """Waits until each service answers that it is ready, on each of its replicas."""
    urls = [system.url(name, index) for name, group in system.replicas.items() for index in range(len(group))]
    eventually(lambda: all(is_ready(url) for url in urls), 60.0, "every service is ready")


def mend(system):
    """Starts again whatever is dead or stopped, and waits until all of it is ready."""
    parts = ()
    if system.kind == "clustered":
        system.smtp.accept()
        parts = (system.postgres, system.kafka, system.smtp)
    for part in parts:
        if not part.process.running():
            part.start()
    for member in members(system):
        member.process.send(signal.SIGCONT)
        if not member.process.running():
            member.start(wait=False)
    ready(system)


@pytest.fixture(scope="session")
def journals():
    return folder("journals")


@pytest.fixture
def whole(broken_system):
    """The system with every part running, before and after the test."""
    mend(broken_system)
    yield broken_system
    try:
        mend(broken_system)
    except (AssertionError, PartError) as error:
        pytest.exit(f"the system cannot be mended: {error}")


@pytest.fixture
def visitor(whole):
    client = Client(whole)
    yield client
    client.close()


@pytest.fixture
def load(whole, journals):
    """Makes drivers on the system: load(rate=40)."""
    return lambda **options: Driver(whole, journals, **options)


@pytest.fixture
def audit(whole):
    """Fails the test unless every promise of the driver was kept, once all has settled."""

    def check(driver, accepted=50):
        verdict = Ledger(whole, driver).settled_verdict()
        print(f"{driver.run}: {verdict}; answers {dict(driver.answers)}")
        assert verdict.clean(), f"{verdict}; answers {dict(driver.answers)}"
        assert (
            verdict.counted["ok"] >= accepted
        ), f"too few to prove anything: {verdict.counted} {driver.answers}"
        assert driver.seen(500) == 0 and driver.without_retry_after == 0, driver.answers
        return verdict

    return check
