"""Signing keys: encrypted at rest, known before they sign, and rotated under load without one failure."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import jwt
import pytest
from authlib.integrations.requests_client import OAuth2Session
from support import forged
from support.client import Client
from support.fixtures import KEYS_KEPT_S
from support.grants import client_token, make_client
from support.stored import rows

SYSTEM = "clustered"


@pytest.fixture
def client(system):
    visitor = Client(system)
    yield visitor
    visitor.close()


def test_private_keys_are_encrypted_at_rest(system):
    found = rows(system, "auth", "SELECT private_sealed, public_jwk FROM signing_key")
    assert found
    for sealed, public in found:
        assert "PRIVATE" not in sealed and "d" not in json.loads(public)
        assert not sealed.startswith("MI")  # neither PEM nor DER in base64


class Verifying(threading.Thread):
    """Fetches and checks tokens as an unmodified third party does, until told to stop."""

    def __init__(self, system, made, number):
        super().__init__()
        self.client = Client(system)
        self.made = made
        url = system.url("auth", number % 2) + "/.well-known/jwks.json"
        self.keys = jwt.PyJWKClient(url, lifespan=KEYS_KEPT_S)
        self.stop = threading.Event()
        self.kids, self.count, self.failures = set(), 0, []

    def run(self):
        while not self.stop.is_set():
            try:
                token = client_token(self.client, self.made).token
                key = self.keys.get_signing_key_from_jwt(token)
                jwt.decode(token, key, ["ES256"], audience=forged.AUDIENCE, issuer=forged.ISSUER)
                self.kids.add(jwt.get_unverified_header(token)["kid"])
                for service in ("tasks", "notifications"):
                    answer = self.client.get(service, service, headers={"Authorization": f"Bearer {token}"})
                    assert answer.status_code != 401, f"{service}: {answer.text}"
                self.count += 1
            except Exception as failure:  # noqa: BLE001 (whatever it is, the test reports it)
                self.failures.append(repr(failure))


def test_rotation_under_load_fails_no_validation(callers, system, client):
    made = make_client(client, callers.admin, ["tasks:read", "tasks:admin", "notifications:read"])
    verifying = [Verifying(system, made, number) for number in range(4)]
    for each in verifying:
        each.start()
    try:
        for _ in range(2):
            answer = client.post("auth", "auth/keys/rotate", callers.admin)
            assert answer.status_code in (200, 201, 202), answer.text
            new = answer.json()["keyId"]
            pause = threading.Event()
            for _ in range(150):
                if all(new in each.kids for each in verifying):
                    break
                pause.wait(0.1)
            failures = [failure for each in verifying for failure in each.failures[:2]]
            assert all(new in each.kids for each in verifying), f"the new key never signed: {failures}"
    finally:
        for each in verifying:
            each.stop.set()
        for each in verifying:
            each.join()
    assert not [failure for each in verifying for failure in each.failures]
    assert all(each.count > 10 for each in verifying)
    assert client.get("users", "users/me", client.new_user()).status_code == 200


def test_rotations_at_the_same_time_make_one_key(callers, client):
    def rotate(_):
        return client.post("auth", "auth/keys/rotate", callers.admin).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(rotate, range(16)))
    assert statuses.count(201) == 1 and set(statuses) <= {201, 409}, statuses


def test_authlib_needs_the_discovery_document_alone(callers, system, client):
    """An unmodified OAuth2Session: client_credentials, refresh, introspect and revoke."""
    root = system.url("auth")
    found = client.get("auth", "/.well-known/oauth-authorization-server")
    assert found.headers["cache-control"] == "max-age=300"
    server = found.json()
    assert server["issuer"] == forged.ISSUER

    def reachable(name):
        return server[name].replace(server["issuer"], root)

    made = make_client(client, callers.admin, ["tasks:read", "introspect"])
    session = OAuth2Session(made.client_id, made.secret, token_endpoint=reachable("token_endpoint"))
    token = session.fetch_token(reachable("token_endpoint"), grant_type="client_credentials")
    assert token["token_type"] == "Bearer" and token["expires_in"] > 0
    seen = session.introspect_token(reachable("introspection_endpoint"), token=token["access_token"])
    assert seen.json()["active"] and seen.json()["client_id"] == made.client_id
    gone = session.revoke_token(reachable("revocation_endpoint"), token=token["access_token"])
    assert gone.status_code == 200
    seen = session.introspect_token(reachable("introspection_endpoint"), token=token["access_token"])
    assert seen.json() == {"active": False}

    user = client.new_user()
    person = OAuth2Session(
        "eventstreammonitor",
        token_endpoint=reachable("token_endpoint"),
        token_endpoint_auth_method="none",
        token={
            "access_token": user.access_token,
            "refresh_token": user.refresh_token,
            "token_type": "Bearer",
        },
    )
    renewed = person.refresh_token(reachable("token_endpoint"), refresh_token=user.refresh_token)
    assert renewed["refresh_token"] != user.refresh_token
    keys = jwt.PyJWKClient(reachable("jwks_uri"))
    jwt.decode(
        renewed["access_token"],
        keys.get_signing_key_from_jwt(renewed["access_token"]),
        server.get("id_token_signing_alg_values_supported", ["ES256"]),
        audience=forged.AUDIENCE,
        issuer=server["issuer"],
    )
