"""A visitor of the system: registers, logs in and calls the REST interfaces over httpx, on any replica."""

import ipaddress
import itertools
import secrets
import uuid
from dataclasses import dataclass, field

import httpx
from parts.system import BASE_PATH, SERVICES
from support.waiting import eventually

PASSWORD = "correct-horse-battery-staple"
# Those of a login without a role.
OWN_SCOPES = {
    "users:read",
    "users:write",
    "tasks:read",
    "tasks:write",
    "notifications:read",
    "notifications:write",
}
TERMINAL = {"completed", "failed", "cancelled", "timed_out"}


@dataclass
class User:
    """An account and, after login, its tokens."""

    username: str
    email: str
    password: str
    user_id: int
    correlation_id: str
    access_token: str = field(default="", repr=False)
    refresh_token: str = field(default="", repr=False)

    @property
    def bearer(self):
        return {"Authorization": f"Bearer {self.access_token}"}


class Address:
    """One URL that stands for a whole system, for a service that runs by itself."""

    kind = "alone"

    def __init__(self, root):
        self.root = root
        self.replicas = {name: [root] for name in SERVICES}

    def url(self, service, replica=0):
        return self.root


class Client:
    """Calls to one system. Each service's requests go round its replicas, as behind a load balancer."""

    def __init__(self, system, timeout_s=30.0):
        self.system = system
        self.address = str(ipaddress.IPv4Address(0x0A000000 + secrets.randbelow(2**24)))
        self._http = httpx.Client(timeout=timeout_s, headers={"X-Forwarded-For": self.address})
        self._turn = {name: itertools.count() for name in system.replicas}

    def close(self):
        self._http.close()

    def url(self, service, path):
        """The full URL of a path; one that starts with / (health, JWKS) is not under the base path."""
        replicas = len(self.system.replicas[service])
        root = self.system.url(service, next(self._turn[service]) % replicas)
        return root + path if path.startswith("/") else f"{root}{BASE_PATH}/{path}"

    def request(self, method, service, path, user=None, **options):
        """One request; `user` adds the bearer token."""
        headers = {**(user.bearer if user is not None else {}), **options.pop("headers", {})}
        return self._http.request(method, self.url(service, path), headers=headers, **options)

    def get(self, service, path, user=None, **options):
        return self.request("GET", service, path, user, **options)

    def post(self, service, path, user=None, **options):
        return self.request("POST", service, path, user, **options)

    def put(self, service, path, user=None, **options):
        return self.request("PUT", service, path, user, **options)

    def patch(self, service, path, user=None, **options):
        return self.request("PATCH", service, path, user, **options)

    def delete(self, service, path, user=None, **options):
        return self.request("DELETE", service, path, user, **options)

    @staticmethod
    def registration(**changes):
        """A valid body of POST users/register under a name of its own, with the given changes."""
        name = f"u{uuid.uuid4().hex[:14]}"
        body = {
            "username": name,
            "email": f"{name}@example.org",
            "password": PASSWORD,
            "firstName": "Ada",
            "lastName": "Lovelace",
        }
        return {**body, **changes}

    def register(self, **changes):
        """Registers a new account and returns it."""
        body = self.registration(**changes)
        request_id = str(uuid.uuid4())
        answer = self.post("users", "users/register", json=body, headers={"X-Request-Id": request_id})
        assert answer.status_code == 201, answer.text
        user_id = answer.json()["user"]["userId"]
        return User(body["username"], body["email"], body["password"], user_id, request_id)

    def log_in(self, user):
        """Logs in, waiting for nothing: credentials are checked at the users service itself."""
        body = {"username": user.username, "password": user.password}
        answer = self.post("auth", "auth/login", json=body)
        assert answer.status_code == 200, answer.text
        user.access_token = answer.json()["accessToken"]
        user.refresh_token = answer.json()["refreshToken"]
        return user

    def new_user(self, **changes):
        """A registered user with tokens."""
        return self.log_in(self.register(**changes))

    def create_task(self, user, parameters=None, **fields):
        """Creates a task, by default a small real data_processing one, and returns it."""
        body = {
            "taskType": "data_processing",
            "parameters": parameters if parameters is not None else small_job(),
            **fields,
        }
        answer = self.post("tasks", "tasks", user, json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()["task"]

    def task(self, user, task_id):
        answer = self.get("tasks", f"tasks/{task_id}", user)
        assert answer.status_code == 200, answer.text
        return answer.json()["task"]

    def finished_task(self, user, task_id, timeout_s=30.0):
        """The task once it is in a terminal state."""

        def probe():
            task = self.task(user, task_id)
            return task if task["status"] in TERMINAL else None

        return eventually(probe, timeout_s, f"task {task_id} ends")


def small_job():
    """Parameters of a data_processing task whose result is [{"team": "a", "total": 4}]."""
    return {
        "format": "json",
        "rows": [{"team": "a", "points": 1}, {"team": "a", "points": 3}, {"team": "b", "points": 0}],
        "steps": [
            {"op": "filter", "column": "points", "operator": "gt", "value": 0},
            {
                "op": "group",
                "by": ["team"],
                "aggregates": [{"column": "points", "function": "sum", "as": "total"}],
            },
        ],
    }
