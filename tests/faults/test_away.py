"""Broker, mail server or database away under load: what may go on goes on, and everything arrives once
they are back."""

import time

import httpx
import pytest
from support.breakable import pids
from support.stored import rows
from support.waiting import eventually

AWAY_S = 20.0


def readiness(system, service):
    """(HTTP status, state, dependencies) of each replica."""
    answers = [httpx.get(f"{member.url}/readyz", timeout=5.0) for member in system.replicas[service]]
    return [(each.status_code, each.json()["status"], each.json()["dependencies"]) for each in answers]


def test_without_a_broker_requests_go_on_and_events_follow(whole, load, audit):
    before = pids(whole)
    with load().running() as driver:
        driver.wait_accepted(20)
        whole.kafka.kill()
        gone = time.monotonic()
        for service in whole.replicas:
            eventually(
                lambda service=service: all(
                    status == 200 and state == "degraded" and needs["events"] == "down"
                    for status, state, needs in readiness(whole, service)
                ),
                15.0,
                f"{service} says it is degraded",
            )
        driver.wait_accepted(20)
        time.sleep(max(0.0, AWAY_S - (time.monotonic() - gone)))
        held_back = rows(whole, "tasks", "SELECT count(*) FROM outbox")[0][0]
        assert held_back > 20, "the events of the tasks made meanwhile wait in the outbox"
        whole.kafka.start()
        driver.wait_accepted(20)
    assert driver.accepted() + driver.seen(409, 422) == sum(driver.answers.values()), driver.answers
    audit(driver)
    assert pids(whole) == before
    for service in whole.replicas:
        eventually(
            lambda service=service: all(s == "ready" for _, s, _ in readiness(whole, service)),
            15.0,
            service,
        )


def test_without_a_mail_server_requests_go_on_and_mails_follow(whole, load, audit):
    with load(rate=25.0).running() as driver:
        driver.wait_accepted(10)
        whole.smtp.stop()
        gone = time.monotonic()
        driver.wait_accepted(20)
        eventually(
            lambda: all(
                s == "degraded" and n["mail"] == "down" for _, s, n in readiness(whole, "notifications")
            ),
            15.0,
            "both replicas see that mail is away",
        )
        time.sleep(max(0.0, AWAY_S - (time.monotonic() - gone)))
        whole.smtp.start()
    assert driver.accepted() + driver.seen(409, 422) == sum(driver.answers.values()), driver.answers
    audit(driver)
    failed = "SELECT count(*) FROM notification WHERE status = 'failed' AND created_at > ?"
    assert rows(whole, "notifications", failed, int((time.time() - 120) * 1e6))[0][0] == 0


@pytest.mark.parametrize("how", ["killed", "restarted"])
def test_without_a_database_nothing_is_promised(whole, load, audit, how):
    before = pids(whole)
    with load().running() as driver:
        driver.wait_accepted(20)
        whole.postgres.kill() if how == "killed" else whole.postgres.stop()
        gone = time.monotonic()
        eventually(lambda: driver.seen(503) >= 10, 15.0, "requests are refused with 503")
        for service in whole.replicas:
            assert all(answer[:2] == (503, "unavailable") for answer in readiness(whole, service))
            for member in whole.replicas[service]:
                assert httpx.get(f"{member.url}/livez", timeout=2.0).status_code == 200
        promised = driver.accepted()
        time.sleep(max(0.0, 4.0 - (time.monotonic() - gone)))
        assert driver.accepted() == promised, "201 without a database is a lie"
        whole.postgres.start()
        driver.wait_accepted(30)
    verdict = audit(driver, accepted=40)
    assert verdict.counted["unknown"] == 0
    assert pids(whole) == before, "recovers without a restart of ours"


def test_cut_connections_cost_nothing(whole, load, audit):
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'esm%' LIMIT 3"
    )
    with load().running() as driver:
        driver.wait_accepted(10)
        for _ in range(20):
            whole.postgres.sql(cut)
            time.sleep(0.2)
        driver.wait_accepted(10)
    audit(driver)


def test_without_auth_tokens_still_count(whole, visitor):
    """Tokens are checked from the cached keys; only logging in needs the auth service."""
    user = visitor.new_user()
    for member in whole.replicas["auth"]:
        member.kill()
    visitor.create_task(user)
    for member in whole.replicas["users"]:
        member.kill()
    visitor.create_task(user)
    for member in whole.replicas["auth"]:
        member.start()
    answer = visitor.post("auth", "auth/login", json={"username": user.username, "password": user.password})
    assert answer.status_code == 503 and answer.json()["code"] in ("unavailable", "deadline_exceeded")
    assert int(answer.headers["retry-after"]) >= 1
    for member in whole.replicas["users"]:
        member.start()

    def works_again():
        given = {"username": user.username, "password": user.password}
        return visitor.post("auth", "auth/login", json=given).status_code == 200

    eventually(works_again, 15.0, "logging in works again")
