"""Forged tokens: whatever a stranger makes of a header, a key, a claim or a form is 401 (ASVS 9.1, 9.2)."""

import socket
import time
import uuid

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from parts.process import Process, wait_until
from parts.system import SERVICES, binary, environment, is_ready
from support import forged
from support.client import Address, Client
from support.contract import assert_problem
from support.fixtures import PORT_OFFSET, folder
from support.waiting import eventually


class LoneTasks:
    """A tasks service by itself that trusts a key server of the test's: tests can sign whatever they like."""

    def __init__(self):
        self.key = forged.Key()
        self.server = forged.KeyServer(self.key)
        shift = PORT_OFFSET + 50
        self.url = f"http://127.0.0.1:{SERVICES['tasks'].http_port + shift}"
        self.directory = folder("lone-tasks")
        self.process = Process("tasks", self.directory)
        self.client = Client(Address(self.url))

    def __enter__(self):
        settings = {"ESM_AUTH_JWKS_URLS": self.server.url}
        shift = SERVICES["tasks"].http_port
        argv = [binary(), "serve", "tasks", "--data", self.directory / "data"]
        argv += ["--port-offset", int(self.url.rpartition(":")[2]) - shift]
        self.process.start(argv, env=environment(settings))
        wait_until(lambda: is_ready(self.url), 30.0, "the lone tasks service", self.process)
        return self

    def __exit__(self, *failure):
        self.client.close()
        self.process.stop()
        self.server.close()

    def get(self, token, path="tasks"):
        answer = self.client.get("tasks", path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code < 500, answer.text
        return answer


@pytest.fixture(scope="module")
def lone_tasks():
    with LoneTasks() as service:
        yield service


def altered(token, part, index):
    """The token with one character of one part changed."""
    parts = token.split(".")
    old = parts[part][index]
    parts[part] = parts[part][:index] + ("A" if old != "A" else "B") + parts[part][index + 1 :]
    return ".".join(parts)


def public_pem(key):
    return key.private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def confused_algorithms(key):
    none = {"typ": "at+jwt", "kid": key.kid}
    claims = forged.good_claims()
    for name in ("none", "None", "nOnE", "NONE"):
        unsigned = f"{forged.encode({**none, 'alg': name})}.{forged.encode(claims)}"
        yield f"alg {name}, no signature", unsigned + "."
        yield f"alg {name}, signed all the same", key.sign({**none, "alg": name}, claims)
    for name in ("HS256", "ES384", "RS256", "es256", "EdDSA"):
        yield f"alg {name}", key.sign({**none, "alg": name}, claims)
    for what, secret in (
        ("PEM", public_pem(key)),
        ("x", key.jwk()["x"].encode()),
        ("kid", key.kid.encode()),
    ):
        yield f"HS256 with the public key's {what}", forged.hmac_token(
            {**none, "alg": "HS256"}, claims, secret
        )
    yield "no alg", key.sign(none, claims)
    yield "empty signature", f"{forged.encode(key.header())}.{forged.encode(claims)}."
    zeros = forged.encode(b"\0" * 64)
    yield "a signature of zeros", f"{forged.encode(key.header())}.{forged.encode(claims)}.{zeros}"


def foreign_keys(key):
    stranger = forged.Key()
    yield "a stranger's key", stranger.token()
    yield "a stranger's key under our kid", forged.Key(key.kid).token()
    yield "a stranger's key in the header", stranger.token({"kid": key.kid, "jwk": stranger.jwk()})
    for kid in (
        "../../../../etc/passwd",
        "' OR '1'='1",
        "x" * 5000,
        "",
        "a\u0000b",
        "../" + key.kid,
        7,
        None,
        ["a"],
    ):
        yield f"kid {str(kid)[:30]!r}", key.token({"kid": kid} if kid is not None else {"kid": None})
    yield "critical extensions", key.token({"crit": ["exp"]})


def wrong_claims(key):
    now = int(time.time())
    changes = {
        "foreign issuer": {"iss": "http://localhost:5004/"},
        "no issuer": {"iss": None},
        "issuer list": {"iss": [forged.ISSUER]},
        "foreign audience": {"aud": "another"},
        "audience list without us": {"aud": ["a", "b"]},
        "no audience": {"aud": None},
        "expired": {"iat": now - 700, "exp": now - 100},
        "expired this second": {"exp": now},
        "no expiry": {"exp": None},
        "expiry as text": {"exp": str(now + 600)},
        "expiry beyond integers": {"exp": 1e300},
        "negative expiry": {"exp": -1},
        "not yet valid": {"nbf": now + 600},
        "nbf as text": {"nbf": "tomorrow"},
        "issued in the future": {"iat": now + 600},
        "no subject": {"sub": None},
        "subject of letters": {"sub": "admin"},
        "subject with blanks": {"sub": " 1000"},
        "subject as a number": {"sub": 1000},
        "huge subject": {"sub": "9" * 30},
        "no session": {"sid": None},
        "no client": {"client_id": None},
        "no id": {"jti": None},
        "roles as text": {"roles": "admin"},
        "scope as a list": {"scope": ["tasks:admin"]},
    }
    for what, change in changes.items():
        yield what, key.token(**change)
    for kind in ("JWT", "jwt", "", "at+jwt2", "application/json", None, 1):
        yield f"typ {kind!r}", key.token({"typ": kind})


def broken_forms(key):
    good = key.token()
    header, claims, signature = good.split(".")
    yield "changed header", altered(good, 0, 5)
    yield "changed claims", altered(good, 1, 20)
    yield "changed signature", altered(good, 2, 10)
    yield "two parts", f"{header}.{claims}"
    yield "four parts", f"{good}.{signature}"
    yield "five parts, as in JWE", f"{header}.{claims}.{signature}.{claims}.{signature}"
    yield "padding", f"{header}.{claims}.{signature}="
    yield "a blank", f"{header}. {claims}.{signature}"
    yield "base64 alphabet", good.replace("-", "+").replace("_", "/") + "+"
    yield "claims that are no object", key.sign(key.header(), [1])
    yield "claims that are no JSON", key.sign(key.header(), b"{")
    yield "claims with a key twice", key.sign(key.header(), b'{"sub":"1000","sub":"1001"}')
    yield "deep claims", key.sign(key.header(), b'{"a":' * 500 + b"1" + b"}" * 500)
    yield "a huge token", good + "A" * 5000
    yield "dots", "." * 100


def test_a_good_token_of_that_key_is_taken(lone_tasks):
    """The control: without it every refusal below would prove nothing."""
    assert lone_tasks.get(lone_tasks.key.token()).status_code == 200
    assert lone_tasks.get(lone_tasks.key.token({"typ": "application/at+jwt"})).status_code == 200
    assert lone_tasks.get(lone_tasks.key.token(aud=["other", forged.AUDIENCE])).status_code == 200


@pytest.mark.parametrize("family", [confused_algorithms, foreign_keys, wrong_claims, broken_forms])
def test_a_bad_token_is_refused(lone_tasks, family):
    for what, token in family(lone_tasks.key):
        answer = lone_tasks.get(token)
        assert answer.status_code == 401, f"{what}: {answer.status_code} {answer.text}"
        problem = assert_problem(answer, 401, ("invalid_token", "unauthenticated"))
        assert "signature" not in problem or what, problem
        assert (
            'error="invalid_token"' in answer.headers["www-authenticate"]
            or problem["code"] == "unauthenticated"
        )


def test_a_token_cannot_make_the_service_call_out(lone_tasks):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(1.0)
        bait = f"http://127.0.0.1:{listener.getsockname()[1]}/keys"
        for name in ("jku", "x5u", "kid"):
            stranger = forged.Key()
            assert_problem(lone_tasks.get(stranger.token({name: bait})), 401)
        assert_problem(lone_tasks.get(forged.Key().token(iss=bait)), 401)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_unknown_keys_do_not_flood_the_key_server(lone_tasks):
    before = lone_tasks.server.requests
    for _ in range(50):
        assert_problem(lone_tasks.get(forged.Key().token()), 401, "invalid_token")
    assert lone_tasks.server.requests - before <= 2


def test_a_new_key_is_learned_without_a_restart(lone_tasks):
    rotated = forged.Key()
    lone_tasks.server.keys.append(rotated)
    eventually(lambda: lone_tasks.get(rotated.token()).status_code == 200, 40.0, "the new key is taken")
    assert lone_tasks.get(lone_tasks.key.token()).status_code == 200


def test_a_scope_is_needed(lone_tasks):
    key = lone_tasks.key
    assert_problem(lone_tasks.get(key.token(scope="users:read")), 403, "forbidden")
    assert_problem(lone_tasks.get(key.token(scope="tasks:readx xtasks:read tasks: read")), 403, "forbidden")
    assert_problem(lone_tasks.get(key.token(scope=None)), 403, "forbidden")
    body = {"taskType": "data_processing", "parameters": {"format": "csv", "csv": "a\n1\n"}}
    headers = {"Authorization": f"Bearer {key.token(scope='tasks:read')}"}
    answer = lone_tasks.client.post("tasks", "tasks", json=body, headers=headers)
    assert_problem(answer, 403, "forbidden")


def test_an_administrator_sees_everybodys_tasks(lone_tasks):
    key = lone_tasks.key
    scope = "tasks:read tasks:write"
    body = {"taskType": f"t{uuid.uuid4().hex[:8]}", "parameters": {}}
    owner = {"Authorization": f"Bearer {key.token(sub='4711', scope=scope)}"}
    made = lone_tasks.client.post("tasks", "tasks", json=body, headers=owner).json()["task"]
    path = f"tasks/{made['taskId']}"
    assert_problem(lone_tasks.get(key.token(sub="4712", scope=scope), path), 404, "not_found")
    assert lone_tasks.get(key.token(sub="4712", scope=scope + " tasks:admin"), path).status_code == 200
    other = {"Authorization": f"Bearer {key.token(sub='4712', scope=scope)}"}
    refused = lone_tasks.client.post("tasks", "tasks", json={**body, "userId": 4711}, headers=other)
    assert_problem(refused, 403, "forbidden")
