#!/usr/bin/python3
"""A throw-away PostgreSQL cluster with the four databases, durable as in production (fsync on), on 127.0.0.1.

    tools/parts/postgres.py start --dir DIR --port PORT     prints one `NAME URL` line a database
    tools/parts/postgres.py stop|kill|urls --dir DIR
    tools/parts/postgres.py remove --dir DIR                stops it and deletes its data
"""

import argparse
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from parts.process import PartError, Process, require_free_ports, start_time, wait_until  # noqa: E402

DATABASES = ("REGISTRATIONS", "AUTH_TOKENS", "TASK_PROCESSING", "NOTIFICATIONS")
OWNER = "esm"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "fsync": "on",
    "synchronous_commit": "on",
    "shared_buffers": "256MB",
    "max_connections": "500",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "huge_pages": "off",
    "timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
}


def server_program(name):
    """Path of a program of the newest installed server; Debian keeps them off PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[4]))
    path = str(found[-1]) if found else shutil.which(name)
    if path is None:
        raise PartError(f"PostgreSQL's {name} is not installed: run tools/install_dependencies test")
    return path


class Postgres:
    """One cluster in `directory`. Started by root it runs as `postgres`, since the server refuses root."""

    def __init__(self, directory, port):
        self.directory = Path(directory).resolve()
        self.port = port
        self.user = "postgres" if os.geteuid() == 0 else None
        self.process = Process("postgres", self.directory)

    @property
    def password(self):
        return (self.directory / "postgres.password").read_text().strip()

    def url(self, database):
        """A libpq URL of one of the databases, or of `postgres`."""
        return f"postgresql://{OWNER}:{self.password}@127.0.0.1:{self.port}/{database}"

    def urls(self):
        return {database: self.url(database) for database in DATABASES}

    def start(self, detached=False, timeout_s=60.0):
        """Creates the cluster where the folder has none, starts it and waits until it takes connections."""
        require_free_ports({self.port: "PostgreSQL"})
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "postgres.port").write_text(f"{self.port}\n")
        fresh = not (self._home() / "data" / "PG_VERSION").exists()
        if fresh:
            self._create()
        home = self._home()
        self._drop_stale_locks(home)
        argv = [server_program("postgres"), "-D", home / "data", "-p", self.port]
        # A socket path is limited to 107 bytes by the kernel; without one TCP still serves.
        sockets = str(home) if len(str(home)) < 85 else ""
        for key, value in {**SETTINGS, "unix_socket_directories": sockets}.items():
            argv += ["-c", f"{key}={value}"]
        self.process.start(argv, user=self.user, detached=detached, death_signal="INT")
        wait_until(self.ready, timeout_s, f"PostgreSQL on port {self.port}", self.process)
        if fresh:
            for database in DATABASES:
                self.sql(f'CREATE DATABASE "{database}"')
        return self

    def ready(self):
        command = [server_program("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def stop(self):
        """A fast shutdown: sessions are cut, nothing committed is lost."""
        self.process.stop(signal.SIGINT, timeout_s=60.0)

    def kill(self):
        """kill -9 of the server and all its backends, as a power cut of the process."""
        self.process.kill()

    def restart(self):
        if self.process.running():
            self.stop()
        return self.start()

    def remove(self):
        """Stops the cluster and deletes its data."""
        if self.process.running():
            self.stop()
        shutil.rmtree(self._home(), ignore_errors=True)
        for name in ("data", "password", "port"):
            (self.directory / f"postgres.{name}").unlink(missing_ok=True)

    def sql(self, statement, database="postgres"):
        """Runs SQL through psql; returns its unaligned output."""
        command = [server_program("psql"), "-XqAt", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1"]
        command += ["-p", str(self.port), "-U", OWNER, "-d", database, "-c", statement]
        environment = {**os.environ, "PGPASSWORD": self.password}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise PartError(f"psql on {database}: {done.stderr.strip()}")
        return done.stdout.strip()

    def _home(self):
        """The folder of the data: `postgres.data`, a link where the server's account cannot reach ours."""
        return Path(os.path.realpath(self.directory / "postgres.data"))

    @staticmethod
    def _drop_stale_locks(home):
        """After a kill -9 a server takes its own zombie, until somebody reaps it, for one that runs."""
        for lock in (home / "data" / "postmaster.pid", *home.glob(".s.PGSQL.*.lock")):
            if lock.exists() and start_time(lock.read_text().split()[0]) is None:
                lock.unlink()

    def _create(self):
        link = self.directory / "postgres.data"
        if self.user is not None:
            probe = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups"]
            probe += ["test", "-x", str(self.directory)]
            if subprocess.run(probe, check=False).returncode != 0 and not link.exists():
                link.unlink(missing_ok=True)
                link.symlink_to(tempfile.mkdtemp(prefix="esm-postgres-", dir="/var/tmp"))
        home = self._home()
        home.mkdir(parents=True, exist_ok=True)
        password = self.directory / "postgres.password"
        password.write_text(secrets.token_hex(16) + "\n")
        password.chmod(0o600)
        # initdb reads the password as the server's account, which cannot open what is ours.
        handed_over = home / "initdb.password"
        handed_over.write_text(self.password)
        handed_over.chmod(0o600)
        prefix = []
        if self.user is not None:
            account = pwd.getpwnam(self.user)
            for path in (home, handed_over):
                os.chown(path, account.pw_uid, account.pw_gid)
            prefix = ["setpriv", f"--reuid={self.user}", f"--regid={self.user}", "--clear-groups", "--"]
        command = [*prefix, server_program("initdb"), "-D", str(home / "data"), "-U", OWNER]
        command += ["-A", "scram-sha-256", f"--pwfile={handed_over}", "--locale=C.UTF-8", "--encoding=UTF8"]
        command += ["--no-sync", "--no-instructions"]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd="/")
        handed_over.unlink()
        if done.returncode != 0:
            raise PartError(f"initdb in {home}: {done.stderr.strip()}")


def main():
    parser = argparse.ArgumentParser(description="A throw-away PostgreSQL cluster with the four databases.")
    parser.add_argument("command", choices=["start", "stop", "kill", "urls", "remove"])
    parser.add_argument("--dir", required=True, help="folder of the cluster, its log, pid and password")
    parser.add_argument("--port", type=int, help="TCP port on 127.0.0.1 (for start)")
    options = parser.parse_args()
    port_file = Path(options.dir) / "postgres.port"
    port = options.port or (int(port_file.read_text()) if port_file.exists() else None)
    if port is None and options.command in ("start", "urls"):
        parser.error("--port is needed where no cluster was started in --dir yet")
    cluster = Postgres(options.dir, port)
    if options.command == "start":
        cluster.start(detached=True)
    elif options.command in ("stop", "kill", "remove"):
        getattr(cluster, options.command)()
    if options.command in ("start", "urls"):
        for name, url in cluster.urls().items():
            print(name, url)


if __name__ == "__main__":
    try:
        main()
    except PartError as error:
        sys.exit(f"tools/parts/postgres.py: {error}")
