"""The clustered system as the benchmarks of one service use it."""

import json
import subprocess
import time
import urllib.error
import urllib.request

from parts.process import PartError
from parts.system import BASE_PATH, SERVICES, Clustered, binary, environment

PASSWORD = "correct-horse-battery-staple"


def post(url, body, token=None, patience_s=20):
    """A JSON POST, or one without a body for None; answers the parsed reply."""
    headers = {"Content-Type": "application/json"} if body is not None else {}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    data = json.dumps(body).encode() if body is not None else b""
    request = urllib.request.Request(url, data, headers, method="POST")
    return json.loads(answer_to(request, patience_s) or "null")


def fetch(url, token=None):
    """A GET; answers its text."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return answer_to(urllib.request.Request(url, headers=headers), 20)


def answer_to(request, patience_s):
    """The text of a good answer. A 503 is asked again for a while: services just started fetch the signing
    keys."""
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        if error.code == 503 and patience_s > 0:
            time.sleep(1)
            return answer_to(request, patience_s - 1)
        raise PartError(f"{request.full_url}: {error.code} {error.read().decode(errors='replace')}") from None


def metric(root, name, labels):
    """The value of one series of a service's /metrics; 0 where it is not there yet."""
    for line in fetch(f"{root}/metrics").splitlines():
        series, _, value = line.rpartition(" ")
        wanted = (f'{key}="{each}"' in series for key, each in labels.items())
        if series.startswith(f"{name}{{") and all(wanted):
            return float(value)
    return 0.0


class BenchSystem:
    """One replica of each service. Those that the figure is not about are stopped once a token is had: the
    two cores belong to the service measured, PostgreSQL, Kafka and the load generator."""

    def __init__(self, folder, port_offset, extra_settings=None):
        settings = {
            # Access tokens outlive the longest run.
            "ESM_AUTH_ACCESS_TOKEN_LIFETIME": "6h",
            # Callers may come from many addresses: limits an address are not what is measured.
            "ESM_SYSTEM_TRUSTED_PROXIES": "127.0.0.1",
            **(extra_settings or {}),
        }
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

    def administrator_token(self):
        """The token of an account made by `esm admin create`, as an operator makes it."""
        settings = environment(self.system.settings_for(SERVICES["users"], 0))
        command = [binary(), "admin", "create", "root", "--email", "root@example.org"]
        done = subprocess.run(
            command, input=PASSWORD, env=settings, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise PartError(f"esm admin create: {done.stderr.strip()}")
        login = {"username": "root", "password": PASSWORD}
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


def wait_until(check, seconds, what, pause_s=0.2):
    """Polls until `check` holds."""
    until = time.monotonic() + seconds
    while not check():
        if time.monotonic() > until:
            raise PartError(f"{what} did not happen within {seconds} s")
        time.sleep(pause_s)
