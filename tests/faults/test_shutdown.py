"""SIGTERM under load: accepted work is finished, the process ends by itself with status 0, and nothing
is lost."""

import time

import pytest

EXIT_WITHIN_S = 10.0


@pytest.mark.parametrize("service", ["users", "auth", "tasks", "notifications"])
def test_a_service_ends_in_order(whole, load, audit, service):
    with load().running() as driver:
        driver.wait_accepted(10)
        for member in whole.replicas[service]:
            begun = time.monotonic()
            status = member.stop(timeout_s=30.0)
            assert status == 0, member.log_lines()[-5:]
            assert time.monotonic() - begun <= EXIT_WITHIN_S
            member.start()
            driver.wait_accepted(5)
    verdict = audit(driver, accepted=20)
    assert verdict.counted["unknown"] == 0
