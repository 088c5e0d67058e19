"""kill -9 of the notification service and of the broker while messages are on their way."""

import random
import time

import pytest

READY_WITHIN_S = 5.0


def test_a_notification_service_killed_again_and_again_loses_nothing(whole, load, audit):
    dice = random.Random(6)
    with load(rate=40.0).running() as driver:
        driver.wait_accepted(10)
        for round_number in range(6):
            victim = whole.replicas["notifications"][round_number % 2]
            time.sleep(dice.uniform(0.2, 1.0))
            victim.kill()
            begun = time.monotonic()
            victim.start(wait=False)
            victim.wait_ready(timeout_s=30.0)
            assert time.monotonic() - begun <= READY_WITHIN_S
            driver.wait_accepted(10)
    audit(driver)


def test_both_at_once(whole, load, audit):
    with load(rate=40.0).running() as driver:
        driver.wait_accepted(20)
        for victim in whole.replicas["notifications"]:
            victim.kill()
        driver.wait_accepted(20)
        for victim in whole.replicas["notifications"]:
            victim.start(wait=False)
        driver.wait_accepted(10)
    audit(driver)


@pytest.mark.timeout(240)
def test_a_broker_killed_while_sending_loses_and_doubles_nothing(whole, load, audit):
    with load(rate=40.0).running() as driver:
        driver.wait_accepted(30)
        for _ in range(2):
            whole.kafka.kill()
            driver.wait_accepted(15)
            time.sleep(5.0)
            whole.kafka.start()
            driver.wait_accepted(15)
    audit(driver)
