"""The clustered system as the benchmarks of one service use it."""

import json
import time
import urllib.request

from parts.process import PartError
from parts.system import BASE_PATH, Clustered

PASSWORD = "correct-horse-battery-staple"


def post(url, body):
    """A JSON POST; answers the parsed reply."""
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


class BenchSystem:
    """One replica of each service. Those that the figure is not about are stopped once a token is had:
    the two
    cores belong to the service measured, PostgreSQL, Kafka and the load generator."""

    def __init__(self, folder, port_offset):
        # Access tokens outlive the longest run.
        settings = {"ESM_AUTH_ACCESS_TOKEN_LIFETIME": "6h"}
        self.system = Clustered(folder, port_offset, replicas=1, settings=settings)

    def __enter__(self):
        print("starting PostgreSQL, Kafka and the services", flush=True)
        self.system.start()
        return self

    def __exit__(self, *_):
        self.system.remove()

    def replica(self, service):
        return self.system.replicas[service][0]

    def url(self, service, path=""):
        return f"{self.system.url(service)}{BASE_PATH}{path}"

    def token(self):
        body = {
            "username": "bench",
            "email": "bench@example.org",
            "password": PASSWORD,
            "firstName": "Bench",
            "lastName": "Mark",
        }
        post(self.url("users", "/users/register"), body)
        login = {"username": "bench", "password": PASSWORD}
        return post(self.url("auth", "/auth/login"), login)["accessToken"]

    def keep_only(self, *services):
        for name, group in self.system.replicas.items():
            if name not in services:
                for member in group:
                    member.stop()

    def database_url(self, name):
        return self.system.postgres.url(name)

    def rss_mb(self, service):
        """Peak resident memory of the service's process so far."""
        with open(f"/proc/{self.replica(service).process.pid()}/status", encoding="utf-8") as file:
            for line in file:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
        raise PartError(f"{service}: its memory cannot be read")


def wait_until(check, seconds, what):
    """Polls until `check` holds."""
    until = time.monotonic() + seconds
    while not check():
        if time.monotonic() > until:
            raise PartError(f"{what} did not happen within {seconds} s")
        time.sleep(0.2)
