"""What ends a token ends it everywhere within a second; what is used twice is noticed (ASVS 7.4, 10.4)."""

import time
from concurrent.futures import ThreadPoolExecutor

import grpc
import jwt
import pytest
from support import rpc
from support.client import PASSWORD, Client
from support.contract import assert_problem
from support.grants import client_token, introspect, make_api_key, make_client
from support.stored import rows
from support.waiting import eventually

SYSTEM = "clustered"
NEW_PASSWORD = "another-horse-another-battery"
PROBES = {
    "users": "users/me",
    "auth": "auth/sessions",
    "tasks": "tasks",
    "notifications": "notifications",
}


@pytest.fixture
def client(system):
    visitor = Client(system)
    yield visitor
    visitor.close()


@pytest.fixture(scope="module")
def inspector(callers):
    """A client that may introspect and call auth's gRPC."""
    made = make_client(callers.client, callers.admin, ["introspect", "internal:auth"])
    made.token = client_token(callers.client, made).token
    return made


def accepted_anywhere(system, who, services=PROBES):
    """Names of the replicas that still take the token."""
    visitor, taken = Client(system), []
    for service in services:
        for number in range(len(system.replicas[service])):
            url = f"{system.url(service, number)}/api/v1/eventstreammonitor/{PROBES[service]}"
            status = visitor._http.get(url, headers=who.bearer).status_code
            assert status in (200, 401), (service, status)
            taken += [f"{service}-{number}"] if status == 200 else []
    visitor.close()
    return taken


def active_over_grpc(system, inspector, token):
    messages = rpc.messages("auth")
    for number in range(len(system.replicas["auth"])):
        with grpc.insecure_channel(system.grpc_target("auth", number)) as channel:
            call = channel.unary_unary(
                "/eventstreammonitor.auth.v1.TokenService/ValidateToken",
                messages.ValidateTokenRequest.SerializeToString,
                messages.ValidateTokenResponse.FromString,
            )
            metadata = [("authorization", f"Bearer {inspector.token}")]
            request = messages.ValidateTokenRequest(access_token=token)
            if call(request, metadata=metadata, timeout=5.0).active:
                return True
    return False


def assert_ends_within_a_second(system, client, inspector, who, begun):
    eventually(lambda: not accepted_anywhere(system, who), 5.0, "every replica refuses the token")
    assert time.monotonic() - begun <= 1.0, "later than a second"
    token = who.bearer["Authorization"].split()[1]
    assert not active_over_grpc(system, inspector, token)
    assert introspect(client, inspector, token) == {"active": False}


def log_out(client, user, admin):
    answer = client.post("auth", "auth/logout", json={"refreshToken": user.refresh_token})
    assert answer.status_code == 204


def end_session(client, user, admin):
    sid = jwt.decode(user.access_token, options={"verify_signature": False})["sid"]
    assert client.delete("auth", f"auth/sessions/{sid}", user).status_code == 204


def end_all_sessions(client, user, admin):
    assert client.delete("auth", "auth/sessions", user).status_code == 204


def change_password(client, user, admin):
    body = {"currentPassword": PASSWORD, "newPassword": NEW_PASSWORD}
    assert client.put("users", "users/me/password", user, json=body).status_code == 204


def lock(client, user, admin):
    answer = client.post("users", f"users/{user.user_id}/lock", admin, json={})
    assert answer.status_code in (200, 204), answer.text


def change_roles(client, user, admin):
    answer = client.put("users", f"users/{user.user_id}/roles", admin, json={"roles": ["user"]})
    changed = client.put("users", f"users/{user.user_id}/roles", admin, json={"roles": ["user", "admin"]})
    assert changed.status_code == 200, (answer.text, changed.text)


def delete_account(client, user, admin):
    answer = client.request("DELETE", "users", "users/me", user, json={"password": PASSWORD})
    assert answer.status_code in (202, 204), answer.text


@pytest.mark.parametrize(
    "end", [log_out, end_session, end_all_sessions, change_password, lock, change_roles, delete_account]
)
def test_it_ends_the_tokens_in_every_service_within_a_second(callers, system, client, inspector, end):
    user = client.new_user()
    assert len(accepted_anywhere(system, user)) == 8
    assert active_over_grpc(system, inspector, user.access_token)
    begun = time.monotonic()
    end(client, user, callers.admin)
    assert_ends_within_a_second(system, client, inspector, user, begun)
    refused = client.post("auth", "auth/refresh", json={"refreshToken": user.refresh_token})
    assert_problem(refused, 401, "invalid_token")


@pytest.mark.parametrize("end", [change_password, lock, delete_account])
def test_it_ends_the_api_keys_too(callers, system, client, inspector, end):
    user = client.new_user()
    scopes = ["users:read", "tasks:read", "notifications:read"]
    key = make_api_key(client, user, scopes)
    services = ("users", "tasks", "notifications")
    assert len(accepted_anywhere(system, key, services)) == 6
    begun = time.monotonic()
    end(client, user, callers.admin)
    eventually(lambda: not accepted_anywhere(system, key, services), 5.0, "the key is refused")
    assert time.monotonic() - begun <= 1.0
    assert introspect(client, inspector, key.token) == {"active": False}


def test_a_revoked_api_key_ends_at_once(callers, system, client):
    user = client.new_user()
    key = make_api_key(client, user, ["users:read", "tasks:read", "notifications:read"])
    services = ("users", "tasks", "notifications")
    assert len(accepted_anywhere(system, key, services)) == 6
    begun = time.monotonic()
    assert client.delete("auth", f"auth/api-keys/{key.identifier}", user).status_code == 204
    eventually(lambda: not accepted_anywhere(system, key, services), 5.0, "the key is refused")
    assert time.monotonic() - begun <= 1.0


def test_a_removed_client_ends_with_its_tokens(callers, system, client):
    made = make_client(client, callers.admin, ["tasks:read", "tasks:admin"])
    token = client_token(client, made)
    assert len(accepted_anywhere(system, token, ("tasks",))) == 2
    begun = time.monotonic()
    answer = client.delete("auth", f"auth/clients/{made.client_id}", callers.admin)
    assert answer.status_code == 204
    eventually(lambda: not accepted_anywhere(system, token, ("tasks",)), 5.0, "the token is refused")
    assert time.monotonic() - begun <= 1.0
    form = {"grant_type": "client_credentials"}
    refused = [client.post("auth", "/oauth2/token", data=form, auth=made.basic) for _ in range(2)]
    while any(each.status_code == 200 for each in refused) and time.monotonic() - begun <= 1.0:
        refused = [client.post("auth", "/oauth2/token", data=form, auth=made.basic) for _ in range(2)]
    for again in refused:
        assert again.status_code == 401 and again.json()["error"] == "invalid_client"


def await_whole_group(client):
    """A replica that was killed is missed after the consumer group's session timeout of 6 s; only then do its
    partitions go on, and with them the events that end tokens. Waits for eight users' in a row."""
    for _ in range(8):
        user = client.new_user()
        change_password(client, user, None)
        eventually(
            lambda: refresh(client, user.refresh_token).status_code == 401, 20.0, "the events flow again"
        )


def test_a_restarted_service_does_not_forget(callers, system, client):
    """[7.4] It reads back one lifetime of revocations before it says that it is ready."""
    user = client.new_user()
    log_out(client, user, callers.admin)
    eventually(lambda: not accepted_anywhere(system, user), 5.0, "every replica refuses the token")
    for service in PROBES:
        victim = system.replicas[service][0]
        victim.kill()
        victim.start()
        assert not accepted_anywhere(system, user)
    await_whole_group(client)


def refresh(client, token):
    return client.post("auth", "auth/refresh", json={"refreshToken": token})


def test_twenty_parallel_uses_give_one_successor(client):
    user = client.new_user()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: refresh(client, user.refresh_token), range(20)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.json()["refreshToken"] for answer in answers}) == 1


def test_a_replay_after_the_grace_kills_the_family_also_over_a_kill(system, client, inspector):
    """[10.4.5] kill -9 of every auth replica between the rotation and the replay changes nothing."""
    user = client.new_user()
    stolen = user.refresh_token
    renewed = refresh(client, stolen).json()
    for victim in system.replicas["auth"]:
        victim.kill()
        victim.start()
    await_whole_group(client)
    aged = (
        "UPDATE refresh_token SET used_at = used_at - 11000000 WHERE session_id = ? AND used_at IS NOT NULL"
    )
    sid = jwt.decode(user.access_token, options={"verify_signature": False})["sid"]
    assert rows(system, "auth", aged + " RETURNING session_id", sid)
    begun = time.monotonic()
    assert_problem(refresh(client, stolen), 401, "invalid_token")
    assert_problem(refresh(client, renewed["refreshToken"]), 401, "invalid_token")
    user.access_token = renewed["accessToken"]
    assert_ends_within_a_second(system, client, inspector, user, begun)


def test_revoking_a_used_refresh_token_ends_its_session(client, inspector):
    """RFC 7009: within its grace it would still open the session."""
    user = client.new_user()
    used = user.refresh_token
    refreshed = client.post("auth", "auth/refresh", json={"refreshToken": used}).json()
    form = {"token": used, "client_id": "eventstreammonitor"}
    assert client.post("auth", "/oauth2/revoke", data=form).status_code == 200
    for token in (used, refreshed["refreshToken"]):
        assert client.post("auth", "auth/refresh", json={"refreshToken": token}).status_code == 401


def test_a_service_client_that_is_configured_stays(callers, client):
    assert_problem(client.delete("auth", "auth/clients/tasks", callers.admin), 409, "conflict")


def test_a_refresh_token_is_no_bearer_token(client):
    user = client.new_user()
    user.access_token = user.refresh_token
    for service, path in PROBES.items():
        assert_problem(client.get(service, path, user), 401, "invalid_token")


def test_revocation_wins_the_race_with_refresh(client, system):
    """Whatever was refreshed while the session was being ended is dead afterwards."""
    for _ in range(5):
        user = client.new_user()
        with ThreadPoolExecutor(12) as pool:
            uses = [pool.submit(refresh, client, user.refresh_token) for _ in range(10)]
            ended = pool.submit(log_out, client, user, None)
            ended.result()
            answers = [each.result() for each in uses]
        assert {answer.status_code for answer in answers} <= {200, 401}
        for answer in answers:
            if answer.status_code == 200:
                again = refresh(client, answer.json()["refreshToken"])
                assert_problem(again, 401, "invalid_token")


def test_a_login_that_raced_with_a_password_change_is_dead(client, system):
    for _ in range(3):
        user = client.new_user()
        with ThreadPoolExecutor(4) as pool:
            body = {"username": user.username, "password": PASSWORD}
            logins = [pool.submit(client.post, "auth", "auth/login", json=body) for _ in range(3)]
            change_password(client, user, None)
            opened = [each.result() for each in logins]
        time.sleep(1.0)
        for answer in opened:
            if answer.status_code == 200:
                assert_problem(refresh(client, answer.json()["refreshToken"]), 401, "invalid_token")
