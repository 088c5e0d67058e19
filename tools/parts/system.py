"""The running product: one embedded `esm`, or each service in replicas on PostgreSQL, Kafka and SMTP.

Both kinds answer the same questions (url, grpc_target, mails), so a test or the demo runs on either.
"""

import fcntl
import os
import secrets
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from parts.kafka import Kafka
from parts.postgres import Postgres
from parts.process import PartError, Process, client_ports, require_free_ports, wait_until
from parts.smtp import Smtp

ROOT = Path(__file__).resolve().parents[2]
BASE_PATH = "/api/v1/eventstreammonitor"
POSTGRES_PORT = 25432
KAFKA_PORT = 29092
SMTP_PORT = 20025
# Replica k listens this many ports above the first one, clear of every other service's.
REPLICA_STRIDE = 10
REPLICAS_MAX = 9


@dataclass(frozen=True)
class Service:
    """What design.md section 1 says of a service."""

    name: str
    http_port: int
    grpc_port: int
    database: str


SERVICES = {
    service.name: service
    for service in (
        Service("users", 5001, 5101, "REGISTRATIONS"),
        Service("auth", 5004, 5104, "AUTH_TOKENS"),
        Service("tasks", 5002, 5102, "TASK_PROCESSING"),
        Service("notifications", 5003, 5103, "NOTIFICATIONS"),
    )
}


def binary():
    """The built `esm`: $ESM_BINARY, else that of the release build."""
    path = Path(os.environ.get("ESM_BINARY", ROOT / "build" / "release" / "app" / "esm"))
    if not path.exists():
        raise PartError(f"{path} is not built: tools/build release")
    return path


def environment(extra):
    """Our own environment without settings of another `esm`, and with the given ones."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith("ESM_")}
    return {**kept, **{key: str(value) for key, value in extra.items()}}


def is_ready(url):
    """True where /readyz answers 200."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=2.0) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


class DirectoryLock:
    """Holds a data folder for one system at a time; the kernel lets go of it when the process ends."""

    def __init__(self, directory):
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        self._file = open(directory / "in-use.lock", "w", encoding="utf-8")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise PartError(
                f"the data folder {directory} is in use by another run: stop that one, or choose another"
            ) from None

    def release(self):
        self._file.close()


class Replica:
    """One `esm serve` process: the logs, the ports and the life of it."""

    def __init__(self, name, directory, arguments, settings, http_port, grpc_port):
        self.name = name
        self.arguments = arguments
        self.settings = settings
        self.http_port = http_port
        self.grpc_port = grpc_port
        self.url = f"http://127.0.0.1:{http_port}"
        self.grpc_target = f"127.0.0.1:{grpc_port}"
        self.process = Process(name, directory)

    def start(self, wait=True, timeout_s=60.0):
        self.process.start(
            [binary(), "serve", *self.arguments], env=environment(self.settings), death_signal="TERM"
        )
        if wait:
            self.wait_ready(timeout_s)

    def wait_ready(self, timeout_s=60.0):
        wait_until(lambda: is_ready(self.url), timeout_s, f"{self.name} at {self.url}/readyz", self.process)

    def stop(self, timeout_s=15.0):
        """SIGTERM, as an operator would; returns the exit status."""
        return self.process.stop(timeout_s=timeout_s)

    def kill(self):
        """kill -9."""
        self.process.kill()

    def restart(self):
        if self.process.running():
            self.stop()
        self.start()

    def log_lines(self):
        return self.process.log_path.read_text(errors="replace").splitlines()


class Embedded:
    """`esm serve all`: every service in one process on files in a folder, mail in its mailbox."""

    kind = "embedded"

    def __init__(self, directory, port_offset=0, settings=None):
        self.directory = Path(directory)
        self.data = self.directory / "data"
        self.mailbox = self.data / "mailbox"
        self.port_offset = port_offset
        arguments = ["all", "--data", self.data, "--port-offset", port_offset]
        first = SERVICES["users"]
        self.replica = Replica(
            "esm",
            self.directory,
            arguments,
            settings or {},
            first.http_port + port_offset,
            first.grpc_port + port_offset,
        )
        self.replicas = {name: [self.replica] for name in SERVICES}

    def start(self):
        ports = {}
        for service in SERVICES.values():
            ports[service.http_port + self.port_offset] = f"{service.name}, REST"
            ports[service.grpc_port + self.port_offset] = f"{service.name}, gRPC"
        require_free_ports(ports)
        self.replica.start(wait=False)
        wait_until(
            lambda: all(is_ready(self.url(name)) for name in SERVICES),
            60.0,
            "/readyz of every service",
            self.replica.process,
        )
        return self

    def stop(self):
        return self.replica.stop() if self.replica.process.running() else None

    def url(self, service, replica=0):
        """Root of a service's REST interface; an embedded system has one replica."""
        return f"http://127.0.0.1:{SERVICES[service].http_port + self.port_offset}"

    def grpc_target(self, service, replica=0):
        return f"127.0.0.1:{SERVICES[service].grpc_port + self.port_offset}"

    def mails(self, recipient=None):
        """Mails in the mailbox folder, oldest first."""
        reader = Smtp(self.directory, 0)
        reader.mailbox = self.mailbox
        return reader.mails(recipient)


class Clustered:
    """PostgreSQL, Kafka, SMTP and each service as processes of its own, `replicas` of each."""

    kind = "clustered"

    def __init__(self, directory, port_offset=0, replicas=2, settings=None):
        if not 1 <= replicas <= REPLICAS_MAX:
            raise PartError(f"--replicas must be from 1 to {REPLICAS_MAX}, not {replicas}")
        self.directory = Path(directory).resolve()
        self.port_offset = port_offset
        self.replica_count = replicas
        self.extra_settings = settings or {}
        self.postgres = Postgres(self.directory, POSTGRES_PORT + port_offset)
        self.kafka = Kafka(self.directory, KAFKA_PORT + port_offset)
        self.smtp = Smtp(self.directory, SMTP_PORT + port_offset)
        self.bootstrap = self.kafka.bootstrap
        self.mailbox = self.smtp.mailbox
        self.replicas = {}
        self._lock = None
        self._secret = secrets.token_hex(24)

    def start(self, report=lambda what, seconds: None):
        """Starts the parts, then the services; `report` gets each step and its duration."""
        self._lock = DirectoryLock(self.directory)
        try:
            self._check_ports()
            begun = time.monotonic()
            self.kafka.start(wait=False)
            self.postgres.start()
            report(f"PostgreSQL on port {self.postgres.port}, four databases", time.monotonic() - begun)
            self.smtp.start()
            report(f"SMTP on port {self.smtp.port}", time.monotonic() - begun)
            self.kafka.wait_ready()
            report(f"Kafka on port {self.kafka.port}", time.monotonic() - begun)
            self._start_services(report)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        """Services first, then what they stand on. Stops everything it can and raises the first failure."""
        failure = None
        members = [member for group in self.replicas.values() for member in group]
        for part in [*members, self.smtp, self.kafka, self.postgres]:
            try:
                if part.process.running():
                    part.stop()
            except PartError as error:
                failure = failure or error
        if self._lock is not None:
            self._lock.release()
            self._lock = None
        if failure is not None and sys.exc_info()[0] is None:
            raise failure

    def remove(self):
        """Stops everything and deletes the databases, which may live outside the folder."""
        self.stop()
        self.kafka.remove()
        self.postgres.remove()

    def url(self, service, replica=0):
        return self.replicas[service][replica].url

    def grpc_target(self, service, replica=0):
        return self.replicas[service][replica].grpc_target

    def mails(self, recipient=None):
        return self.smtp.mails(recipient)

    def wait_ready(self):
        """Waits until every running replica is ready."""
        for group in self.replicas.values():
            for member in group:
                if member.process.running():
                    member.wait_ready()

    def settings_for(self, service, index):
        """The environment of one replica."""
        shift = self.port_offset + index * REPLICA_STRIDE
        section = service.name.upper()
        return {
            f"ESM_{section}_DB_URL": self.postgres.url(service.database),
            f"ESM_{section}_HTTP_PORT": service.http_port + shift,
            f"ESM_{section}_GRPC_PORT": service.grpc_port + shift,
            "ESM_KAFKA_BROKERS": self.bootstrap,
            "ESM_USERS_GRPC_TARGETS": ",".join(self._targets("users")),
            "ESM_AUTH_JWKS_URLS": ",".join(
                f"http://127.0.0.1:{port}/.well-known/jwks.json" for port in self._http_ports("auth")
            ),
            "ESM_AUTH_MASTER_KEY_FILE": self._key("auth.master.key"),
            "ESM_USERS_CODE_KEY_FILE": self._key("users.code.key"),
            "ESM_NOTIFICATIONS_SMTP_URL": self.smtp.url,
            "ESM_TASKS_FILES_DIR": self.directory / "files",
            **self.identity(service.name),
            **self.extra_settings,
        }

    def identity(self, name):
        """By what a service proves itself to the others, and how they know it."""
        secrets_of = {each: f"{each}-{self._secret}" for each in SERVICES}
        settings = {
            "ESM_AUTH_GRPC_TARGETS": ",".join(self._targets("auth")),
            "ESM_TASKS_GRPC_TARGETS": ",".join(self._targets("tasks")),
            "ESM_NOTIFICATIONS_GRPC_TARGETS": ",".join(self._targets("notifications")),
            "ESM_AUTH_TOKEN_URLS": ",".join(
                f"http://127.0.0.1:{port}/oauth2/token" for port in self._http_ports("auth")
            ),
            "ESM_SYSTEM_CLIENT_ID": name,
            "ESM_SYSTEM_CLIENT_SECRET": secrets_of[name],
        }
        if name == "auth":
            known = [f"{each}={secret}" for each, secret in secrets_of.items()]
            settings["ESM_AUTH_SERVICE_CLIENTS"] = ",".join(known)
        return settings

    def _start_services(self, report):
        begun = time.monotonic()
        for service in SERVICES.values():
            self.replicas[service.name] = [
                self._replica(service, index) for index in range(self.replica_count)
            ]
        members = [member for group in self.replicas.values() for member in group]
        for member in members:
            member.start(wait=False)
        for name, group in self.replicas.items():
            for member in group:
                member.wait_ready()
            ports = ", ".join(str(member.http_port) for member in group)
            report(f"{name} × {len(group)} on port {ports}", time.monotonic() - begun)

    def _replica(self, service, index):
        shift = self.port_offset + index * REPLICA_STRIDE
        return Replica(
            f"{service.name}-{index}",
            self.directory,
            [service.name],
            self.settings_for(service, index),
            service.http_port + shift,
            service.grpc_port + shift,
        )

    def _http_ports(self, name):
        first = SERVICES[name].http_port + self.port_offset
        return [first + index * REPLICA_STRIDE for index in range(self.replica_count)]

    def _targets(self, name):
        first = SERVICES[name].grpc_port + self.port_offset
        return [f"127.0.0.1:{first + index * REPLICA_STRIDE}" for index in range(self.replica_count)]

    def _key(self, name):
        """The file of a key that several processes need to have alike; made once a folder."""
        path = self.directory / name
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32) + "\n")
        return path

    def _check_ports(self):
        ports = self._ports()
        first, last = client_ports()
        highest = max(ports)
        if max(first, min(ports)) <= min(last, highest) or highest > 65535:
            raise PartError(
                f"port offset {self.port_offset} leads up to port {highest}, among those the kernel gives to "
                f"clients ({first}-{last}): {first - 1 - highest + self.port_offset} is the most"
            )
        require_free_ports(ports)

    def _ports(self):
        ports = {
            self.postgres.port: "PostgreSQL",
            self.kafka.port: "Kafka",
            self.kafka.port + 1: "Kafka's controller",
            self.smtp.port: "the SMTP server",
        }
        for service in SERVICES.values():
            for index in range(self.replica_count):
                shift = self.port_offset + index * REPLICA_STRIDE
                ports[service.http_port + shift] = f"{service.name} {index}, REST"
                ports[service.grpc_port + shift] = f"{service.name} {index}, gRPC"
        return ports
