"""Codes by mail and from an authenticator: once, few guesses, minutes only, one person's (ASVS 6.4, 6.5)."""

import re
import secrets
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pyotp
import pytest
from support.client import PASSWORD, Client
from support.contract import assert_problem
from support.stored import rows
from support.waiting import eventually

SYSTEM = "clustered"
NEW_PASSWORD = "another-horse-another-battery"


@pytest.fixture
def client(system):
    visitor = Client(system)
    yield visitor
    visitor.close()


def code_mailed(system, address, word, seen=0):
    """The six digits of the newest mail to the address whose subject has the word."""

    def probe():
        mails = [mail for mail in system.mails(address) if word in mail["Subject"].lower()]
        return mails[-1] if len(mails) > seen else None

    mail = eventually(probe, 20.0, f"a mail about {word} to {address}")
    text = mail.get_body(("plain",)).get_content()
    return re.search(r"\b(\d{6})\b", text).group(1)


def ask_reset(client, user):
    answer = client.post("users", "users/password-resets", json={"email": user.email})
    assert answer.status_code == 202, answer.text


def confirm_reset(client, user, code, password=NEW_PASSWORD):
    body = {"email": user.email, "code": code, "newPassword": password}
    return client.post("users", "users/password-resets/confirm", json=body)


def wrong(code):
    return f"{(int(code) + 1) % 1000000:06d}"


def test_a_reset_code_works_once_under_parallel_submission(client, system):
    user = client.register()
    ask_reset(client, user)
    code = code_mailed(system, user.email, "password")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: confirm_reset(client, user, code), range(8)))
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses.count(204) == 1 and set(statuses[1:]) <= {400, 401, 422, 429, 503}, statuses
    user.password = NEW_PASSWORD
    client.log_in(user)


def test_a_code_bears_five_guesses(client, system):
    user = client.register()
    ask_reset(client, user)
    code = code_mailed(system, user.email, "password")
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: confirm_reset(client, user, wrong(code)), range(6)))
    refused = confirm_reset(client, user, code)
    assert refused.status_code in (401, 422, 429), refused.text
    client.log_in(user)


def link_mailed(system, address, word):
    """The token of the link in the newest mail to the address whose subject has the word."""

    def probe():
        mails = [mail for mail in system.mails(address) if word in mail["Subject"].lower()]
        return mails[-1] if mails else None

    text = eventually(probe, 20.0, f"a mail about {word} to {address}").get_body(("plain",)).get_content()
    return re.search(r"#token=(\S+)", text).group(1)


def test_a_strangers_guesses_leave_the_link(client, system):
    user = client.register()
    ask_reset(client, user)
    code, token = code_mailed(system, user.email, "password"), link_mailed(system, user.email, "password")
    for _ in range(6):
        confirm_reset(client, user, wrong(code))
    assert confirm_reset(client, user, code).status_code == 401
    body = {"token": token, "newPassword": NEW_PASSWORD}
    assert client.post("users", "users/password-resets/confirm", json=body).status_code == 204
    assert client.post("users", "users/password-resets/confirm", json=body).status_code == 401


def test_a_new_password_ends_the_codes_of_before(client, system):
    """Who knew the old password and began to move the account to an address of his own gets nowhere."""
    user, thief = client.new_user(), f"thief-{secrets.token_hex(4)}@example.org"
    body = {"email": thief, "currentPassword": user.password}
    asked = client.request("PUT", "users", "users/me/email", user, json=body)
    assert asked.status_code == 202, asked.text
    stolen = code_mailed(system, thief, "confirm")
    ask_reset(client, user)
    assert confirm_reset(client, user, code_mailed(system, user.email, "password")).status_code == 204
    body = {"email": thief, "code": stolen}
    assert_problem(client.post("users", "users/email-verifications/confirm", json=body), 401, "invalid_code")


def test_an_address_goes_to_one_of_two_who_want_it(client, system):
    wanted = f"both-{secrets.token_hex(4)}@example.org"
    first, second = client.new_user(), client.new_user()
    for user in (first, second):
        body = {"email": wanted, "currentPassword": user.password}
        assert client.request("PUT", "users", "users/me/email", user, json=body).status_code == 202
    tokens = {mail.get_body(("plain",)).get_content() for mail in both_mails(system, wanted)}
    tokens = [re.search(r"#token=(\S+)", text).group(1) for text in tokens]
    with ThreadPoolExecutor(2) as pool:
        confirm = partial(client.post, "users", "users/email-verifications/confirm")
        answers = list(pool.map(lambda token: confirm(json={"token": token}), tokens))
    assert sorted(answer.status_code for answer in answers) == [204, 409], [a.text for a in answers]


def both_mails(system, address):
    return eventually(lambda: system.mails(address)[1:] and system.mails(address), 20.0, "two mails")


def test_a_code_is_one_persons(client, system):
    user, other = client.register(), client.register()
    ask_reset(client, user)
    code = code_mailed(system, user.email, "password")
    ask_reset(client, other)
    refused = confirm_reset(client, other, code)
    assert refused.status_code in (401, 422), refused.text
    client.log_in(other)


def test_a_code_lives_ten_minutes(client, system):
    user = client.register()
    ask_reset(client, user)
    code = code_mailed(system, user.email, "password")
    found = rows(
        system,
        "users",
        "SELECT expires_at - created_at FROM email_challenge"
        " WHERE user_id = ? AND purpose = 'password_reset'",
        user.user_id,
    )
    assert found and all(0 < lifetime <= 600_000_000 for (lifetime,) in found)
    rows(
        system,
        "users",
        "UPDATE email_challenge SET expires_at = created_at WHERE user_id = ? RETURNING user_id",
        user.user_id,
    )
    refused = confirm_reset(client, user, code)
    assert refused.status_code in (401, 422), refused.text
    client.log_in(user)


def test_a_code_stands_nowhere_in_the_clear(client, system, clustered_events):
    user = client.register()
    ask_reset(client, user)
    code = code_mailed(system, user.email, "password")
    for row in rows(system, "users", "SELECT * FROM email_challenge WHERE user_id = ?", user.user_id):
        assert code not in [str(value) for value in row]
    for service, table in (("users", "outbox"), ("notifications", "notification")):
        for row in rows(system, service, f"SELECT * FROM {table}"):
            assert not re.search(rf"\b{code}\b", str(row)), f"{service}: {table}"
    for event in clustered_events.read_until_quiet(1.0):
        if event.data and event.data.get("userId") == user.user_id:
            assert not re.search(rf"\b{code}\b", str(event.data)), event
    for group in system.replicas.values():
        for member in group:
            assert not any(re.search(rf'"{code}"| {code}\b', line) for line in member.log_lines())


def test_asking_tells_nothing_about_an_address(client):
    user = client.register()
    for path in ("users/password-resets", "users/email-verifications"):
        known = client.post("users", path, json={"email": user.email})
        unknown = client.post("users", path, json={"email": f"nobody-{user.email}"})
        assert (known.status_code, known.text) == (202, unknown.text) and unknown.status_code == 202


def with_totp(client):
    user = client.new_user()
    enrolled = client.post("auth", "auth/mfa/totp", user, json={"password": PASSWORD})
    assert enrolled.status_code in (200, 201), enrolled.text
    totp = pyotp.TOTP(enrolled.json()["secret"])
    confirmed = client.post("auth", "auth/mfa/totp/confirm", user, json={"code": totp.now()})
    assert confirmed.status_code == 200, confirmed.text
    return user, totp, confirmed.json()["recoveryCodes"]


def challenge(client, user):
    body = {"username": user.username, "password": user.password}
    answer = client.post("auth", "auth/login", json=body)
    assert answer.status_code == 200 and answer.json()["mfaRequired"], answer.text
    assert "accessToken" not in answer.json()
    return answer.json()["challengeId"]


def second_step(client, challenge_id, **proof):
    return client.post("auth", "auth/login/mfa", json={"challengeId": challenge_id, **proof})


def test_a_password_alone_opens_nothing_where_a_second_factor_is_on(client):
    user, totp, recovery = with_totp(client)
    challenge_id = challenge(client, user)
    assert_problem(second_step(client, challenge_id, code=wrong(totp.now())), 401)
    answer = second_step(client, challenge_id, recoveryCode=recovery[0])
    assert answer.status_code == 200 and answer.json()["accessToken"]
    body = {"userId": user.user_id, "username": user.username, "password": user.password}
    refused = client.post("auth", "auth/generateToken", json=body)
    assert refused.status_code in (401, 403), refused.text


def test_a_second_factor_works_once_under_parallel_submission(client):
    user, totp, recovery = with_totp(client)
    challenges = [challenge(client, user) for _ in range(4)]
    with ThreadPoolExecutor(8) as pool:
        uses = [pool.submit(second_step, client, each, recoveryCode=recovery[1]) for each in challenges * 2]
        answers = [each.result() for each in uses]
    statuses = [answer.status_code for answer in answers]
    assert statuses.count(200) == 1 and set(statuses) <= {200, 401, 429, 503}, statuses
    assert second_step(client, challenges[0], recoveryCode=recovery[1]).status_code in (401, 429)


def test_a_second_factor_bears_five_guesses(client):
    user, totp, recovery = with_totp(client)
    challenge_id = challenge(client, user)
    for _ in range(5):
        assert second_step(client, challenge_id, code=wrong(totp.now())).status_code in (401, 429)
    assert second_step(client, challenge_id, recoveryCode=recovery[2]).status_code in (401, 429)


def test_a_second_factor_is_not_turned_off_without_it(client):
    """A session of before it was on, and the password, are not enough."""
    user, _, recovery = with_totp(client)
    for proof in ({}, {"code": "000000"}, {"recoveryCode": "0000000000"}):
        body = {"password": user.password, **proof}
        assert_problem(client.delete("auth", "auth/mfa/totp", user, json=body), 401, "invalid_code")
    challenge(client, user)
    body = {"password": user.password, "recoveryCode": recovery[3]}
    assert client.delete("auth", "auth/mfa/totp", user, json=body).status_code == 204
    assert client.log_in(user).access_token


def test_an_administrator_resets_a_lost_second_factor(client, callers):
    user, _, recovery = with_totp(client)
    challenge_id = challenge(client, user)
    path = f"auth/mfa/users/{user.user_id}"
    assert client.delete("auth", path, callers.admin).status_code == 204
    assert_problem(second_step(client, challenge_id, recoveryCode=recovery[0]), 401)

    def refused():
        return client.get("users", "users/me", user).status_code == 401

    eventually(refused, 2.0, "the end of the user's sessions")
    assert client.log_in(user).access_token
    assert_problem(client.delete("auth", path, callers.admin), 404, "not_found")


def test_second_factors_are_kept_sealed(client, system):
    user, totp, recovery = with_totp(client)
    kept = str(rows(system, "auth", "SELECT * FROM totp WHERE user_id = ?", user.user_id))
    kept += str(rows(system, "auth", "SELECT * FROM recovery_code WHERE user_id = ?", user.user_id))
    assert totp.secret not in kept and not any(code in kept for code in recovery)
