"""kill -9 of each service under load: what was answered is there, once and in order; the service is soon
back."""

import random
import time

import pytest

READY_WITHIN_S = 5.0


def back_again(victims):
    """Starts killed replicas again; each is ready within the time that reliability.md gives it."""
    begun = time.monotonic()
    for victim in victims:
        victim.start(wait=False)
    for victim in victims:
        victim.wait_ready(timeout_s=30.0)
    assert time.monotonic() - begun <= READY_WITHIN_S


@pytest.mark.parametrize("service", ["users", "auth", "tasks", "notifications"])
def test_a_killed_service_loses_nothing(whole, load, audit, service):
    first, second = whole.replicas[service]
    dice = random.Random(service)
    with load().running() as driver:
        driver.wait_accepted(10)
        for victims in ([first], [second], [first], [first, second]):
            time.sleep(dice.uniform(0.3, 1.2))
            for victim in victims:
                victim.kill()
            time.sleep(dice.uniform(0.0, 0.5))
            back_again(victims)
            driver.wait_accepted(10)
    verdict = audit(driver)
    assert verdict.counted["unknown"] == 0, "with replicas back, every operation comes to an answer"
