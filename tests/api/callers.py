"""Schemathesis' hooks: who calls. Loaded by `st run` through SCHEMATHESIS_HOOKS.

Users come and go under the tests (sessions are ended, accounts deleted), so each serves a few times only.
"""

import json
import os
import secrets

import requests
import schemathesis

USERS = os.environ["ESM_TEST_USERS_URL"]
AUTH = os.environ["ESM_TEST_AUTH_URL"]
ADMIN = json.loads(os.environ["ESM_TEST_ADMIN"])
BASE = "/api/v1/eventstreammonitor"
PASSWORD = "correct-horse-battery-staple"
USES_MAX = 40
# What may end the session or the account that asks.
ENDS_SOMETHING = ("DELETE", "PUT")
OF_ACCOUNTS = ("/users", "/auth")


def from_somewhere():
    """Headers of a visitor from an address of its own: its limits are not what is tested here."""
    octets = ".".join(str(secrets.randbelow(256)) for _ in range(3))
    return {"X-Forwarded-For": f"10.{octets}"}


def log_in(username, password):
    answer = requests.post(
        f"{AUTH}{BASE}/auth/login",
        json={"username": username, "password": password},
        headers=from_somewhere(),
        timeout=30,
    )
    answer.raise_for_status()
    return answer.json()["accessToken"]


def new_user_token():
    name = f"s{secrets.token_hex(7)}"
    body = {"username": name, "email": f"{name}@example.org", "password": PASSWORD}
    body |= {"firstName": "Ada", "lastName": "Lovelace"}
    url = f"{USERS}{BASE}/users/register"
    requests.post(url, json=body, headers=from_somewhere(), timeout=30).raise_for_status()
    return log_in(name, PASSWORD)


class Tokens:
    """Access tokens, each handed out a limited number of times."""

    def __init__(self, make):
        self.make, self.token, self.left = make, None, 0

    def take(self):
        if self.left == 0:
            self.token, self.left = self.make(), USES_MAX
        self.left -= 1
        return self.token

    def forget(self):
        self.left = 0


USER_TOKENS = Tokens(new_user_token)
ADMIN_TOKENS = Tokens(lambda: log_in(ADMIN["username"], ADMIN["password"]))
OAUTH_CLIENT = {}


def client_credentials():
    if not OAUTH_CLIENT:
        answer = requests.post(
            f"{AUTH}{BASE}/auth/clients",
            json={"name": "schemathesis", "scopes": ["introspect", "tasks:read"]},
            headers={"Authorization": f"Bearer {ADMIN_TOKENS.take()}"},
            timeout=30,
        )
        answer.raise_for_status()
        OAUTH_CLIENT.update(answer.json()["client"])
    return OAUTH_CLIENT["clientId"], OAUTH_CLIENT["clientSecret"]


def scopes_of(operation):
    stated = operation.definition.raw.get("security") or []
    return [scope for each in stated for scopes in each.values() for scope in scopes]


@schemathesis.auth(refresh_interval=None)
class Caller:
    """The credential that the operation's contract asks for."""

    def get(self, case, context):
        operation = context.operation
        if operation.path.startswith("/oauth2/"):
            return requests.auth._basic_auth_str(*client_credentials())
        administrative = any(scope.endswith((":admin", ":send")) for scope in scopes_of(operation))
        tokens = ADMIN_TOKENS if administrative else USER_TOKENS
        token = tokens.take()
        of_account = operation.path.removeprefix(BASE).startswith(OF_ACCOUNTS)
        if of_account and operation.method.upper() in ENDS_SOMETHING and not administrative:
            tokens.forget()
        return f"Bearer {token}"

    def set(self, case, data, context):
        case.headers["Authorization"] = data
        case.headers.update(from_somewhere())
