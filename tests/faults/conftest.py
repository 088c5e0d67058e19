"""The fault tests share one clustered system; each leaves it whole, whatever it broke."""

import pytest
from parts.process import PartError
from support.acknowledged import Driver
from support.client import Client
from support.fixtures import *  # noqa: F401, F403 (pytest finds fixtures by their names here)
from support.fixtures import folder
from support.ledger import Ledger


def mend(system):
    """Starts again whatever is dead, and waits until all of it is ready."""
    system.smtp.accept()
    for part in (system.postgres, system.kafka, system.smtp):
        if not part.process.running():
            part.start()
    for group in system.replicas.values():
        for member in group:
            if not member.process.running():
                member.start(wait=False)
    system.wait_ready()


@pytest.fixture(scope="session")
def journals():
    return folder("journals")


@pytest.fixture
def whole(breakable_system):
    """The breakable system with every part running, before and after the test."""
    mend(breakable_system)
    yield breakable_system
    try:
        mend(breakable_system)
    except PartError as error:
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
