"""Accounts: one name is one account, whoever races for it; names, passwords and addresses as people have
them."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from support.client import Client
from support.contract import assert_fits, assert_problem, operation
from support.stored import one, rows
from support.waiting import eventually

REGISTER = operation("users", "POST", "users/register")


def register(client, **options):
    return client.post("users", "users/register", **options)


def test_of_fifty_racing_registrations_one_wins(client, system):
    body = client.registration()
    with httpx.Client(timeout=30.0, limits=httpx.Limits(max_connections=50)) as http:

        def attempt(index):
            return http.post(client.url("users", "users/register"), json=body)

        with ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(attempt, range(50)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 49
    for answer in answers:
        assert_fits(answer, REGISTER)
        if answer.status_code == 409:
            assert_problem(answer, 409, ("username_taken", "email_taken"))
    assert (
        len(rows(system, "users", "SELECT user_id FROM account WHERE username = ?", body["username"])) == 1
    )


def test_one_account_means_one_welcome(client, system, events):
    user = client.register()
    for _ in range(3):
        again = client.registration(username=user.username, email=user.email)
        assert register(client, json=again).status_code == 409
    eventually(lambda: system.mails(user.email), what="the welcome mail")
    events.read_until_quiet(1.0)
    announced = [each for each in events.events if each.type == "user.registered.v1"]
    assert [each.key for each in announced].count(str(user.user_id)) == 1
    assert len(system.mails(user.email)) == 1


@pytest.mark.parametrize("field, code", [("username", "username_taken"), ("email", "email_taken")])
def test_a_taken_name_is_taken_in_any_case(client, field, code):
    user = client.register()
    taken = getattr(user, field).upper()
    answer = register(client, json=client.registration(**{field: taken}))
    assert_problem(answer, 409, code, f"/{field}")
    assert_fits(answer, REGISTER)


@pytest.mark.parametrize("password", ["password", "12345678", "qwertyuiop", "iloveyou1", "aaaaaaaaaaaa"])
def test_a_password_anybody_would_guess_is_refused(client, password):
    answer = register(client, json=client.registration(password=password))
    assert_problem(answer, 422, "weak_password", "/password")
    assert_fits(answer, REGISTER)


@pytest.mark.parametrize(
    "field, value",
    [
        ("username", "with space"),
        ("username", "drop'table"),
        ("username", "naïve"),
        ("email", "no-at-sign"),
        ("email", "a@b"),
        ("email", "two@@example.org"),
        ("email", "new\nline@example.org"),
        ("email", "Ada <ada@example.org>"),
        ("email", "ada@example.org, eve@example.org"),
        ("dateOfBirth", "1990-02-30"),
        ("dateOfBirth", "1899-12-31"),
        ("dateOfBirth", "2999-01-01"),
        ("dateOfBirth", "10.12.1990"),
        ("phone", "0301234"),
        ("phone", "+0123456789"),
        ("locale", "deutsch!"),
    ],
)
def test_a_field_that_makes_no_sense_is_named(client, field, value):
    answer = register(client, json=client.registration(**{field: value}))
    assert_problem(answer, 422, "validation_failed", f"/{field}")


def test_every_broken_field_is_named_at_once(client):
    body = client.registration(username="x", email="nowhere", password="short", dateOfBirth="never")
    problem = assert_problem(register(client, json=body), 422, "validation_failed")
    named = {each["pointer"] for each in problem["errors"]}
    assert named == {"/username", "/email", "/password", "/dateOfBirth"}


def test_names_stay_as_they_were_given(client, system):
    given = {"firstName": "Zoë‍👩‍🚀", "lastName": "O'Neill \"; DROP TABLE account; --", "locale": "de-AT"}
    answer = register(
        client, json=client.registration(phone="+4930123456", dateOfBirth="1990-12-10", **given)
    )
    assert answer.status_code == 201
    assert_fits(answer, REGISTER)
    user = answer.json()["user"]
    assert {name: user[name] for name in given} == given
    assert (user["phone"], user["dateOfBirth"]) == ("+4930123456", "1990-12-10")
    assert user["emailVerified"] is False and user["roles"] == ["user"]
    stored = one(
        system, "users", "SELECT first_name, last_name FROM account WHERE user_id = ?", user["userId"]
    )
    assert tuple(stored) == (given["firstName"], given["lastName"])


def test_no_answer_row_or_event_holds_the_password(client, system, events):
    password = f"secret-{uuid.uuid4()}"
    user = client.register(password=password)
    client.log_in(user)
    client.post("auth", "auth/login", json={"username": user.username, "password": password + "x"})
    stored = one(system, "users", "SELECT password_hash FROM account WHERE user_id = ?", user.user_id)
    assert stored[0].startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    events.wait_for(lambda each: each.type == "user.registered.v1" and each.key == str(user.user_id))
    for event in events.read_until_quiet(0.5):
        assert password not in str(event.data) and "argon2" not in str(event.data)
    for path in system.directory.glob("*.log"):
        assert password not in path.read_text(errors="replace"), path


def test_the_same_key_registers_once(client, system):
    body, headers = client.registration(), {"Idempotency-Key": str(uuid.uuid4())}
    first = register(client, json=body, headers=headers)
    again = register(client, json=body, headers=headers)
    assert first.status_code == again.status_code == 201
    assert first.json() == again.json()
    changed = register(client, json={**body, "firstName": "Another"}, headers=headers)
    assert_problem(changed, 422, "idempotency_key_reused")
    assert_fits(changed, REGISTER)
    assert len(rows(system, "users", "SELECT 1 FROM account WHERE username = ?", body["username"])) == 1


def test_one_strangers_key_is_not_anothers(client):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    mine, theirs = (register(client, json=client.registration(), headers=headers) for _ in range(2))
    assert mine.status_code == theirs.status_code == 201
    assert mine.json()["user"]["userId"] != theirs.json()["user"]["userId"]


def test_a_client_without_a_token_sees_no_account(system):
    client = Client(system)
    assert_problem(client.get("users", "users/me"), 401, "unauthenticated")
    client.close()


def test_my_account_is_what_i_registered(client):
    user = client.new_user(firstName="Grace", lastName="Hopper")
    answer = client.get("users", "users/me", user)
    assert_fits(answer, operation("users", "GET", "users/me"))
    own = answer.json()["user"]
    assert (own["userId"], own["username"], own["email"]) == (user.user_id, user.username, user.email)
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["etag"] == '"1"'
