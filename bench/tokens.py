"""Sessions, clients and tokens of the auth service as its benchmarks use them."""

import base64
import hashlib
import json
import secrets
import urllib.parse
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import load
from bench_system import post
from parts.process import PartError

PUBLIC_CLIENT = "eventstreammonitor"
SESSIONS = 1_000


def post_form(url, form, basic=None):
    """A form POST, by the client of `basic` where given; answers the parsed reply."""
    headers = {"Authorization": f"Basic {basic}"} if basic else {}
    body = urllib.parse.urlencode(form).encode()
    request = urllib.request.Request(url, body, headers, method="POST")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def basic_of(client_id, secret):
    """The value of HTTP Basic; ids and secrets of ours need no escaping."""
    return base64.b64encode(f"{client_id}:{secret}".encode()).decode()


def make_client(system, scopes):
    """A confidential OAuth client, made by an administrator; its Basic credentials."""
    body = {"name": "bench", "scopes": scopes}
    made = post(system.url("auth", "/auth/clients"), body, system.administrator_token())["client"]
    return basic_of(made["clientId"], made["clientSecret"])


def token_url(system):
    return f"{system.system.url('auth')}/oauth2/token"


def open_sessions(database):
    """SESSIONS new sessions as logins leave them; their refresh tokens."""
    tokens = [f"esm_rt_{secrets.token_urlsafe(32)}" for _ in range(SESSIONS)]
    hashes = ",".join(hashlib.sha256(token.encode()).hexdigest() for token in tokens)
    load.script(database, "fill_sessions.sql", {"hashes": hashes})
    return tokens


def access_tokens(system):
    """The access tokens of SESSIONS live sessions, each had by a refresh."""

    def refresh(token):
        form = {"grant_type": "refresh_token", "client_id": PUBLIC_CLIENT, "refresh_token": token}
        return post_form(token_url(system), form)["access_token"]

    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(refresh, open_sessions(system.database_url("AUTH_TOKENS"))))


def require_active(system, basic, tokens):
    """Raises unless introspection says of every token that it is active."""
    url = f"{system.system.url('auth')}/oauth2/introspect"
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda token: post_form(url, {"token": token}, basic), tokens))
    inactive = sum(not answer["active"] for answer in answers)
    if inactive:
        raise PartError(f"{inactive} of {len(tokens)} tokens are not active")


def rows(database, table):
    return int(load.query(database, f"SELECT count(*) FROM {table}"))


def require_stored(database, table, before, seen):
    """wrk does not count answers that come after its end; what it counted must be there as rows."""
    stored = rows(database, table) - before
    if stored < seen.requests:
        raise PartError(f"{seen.requests} tokens were given out, {stored} are in {table}")
