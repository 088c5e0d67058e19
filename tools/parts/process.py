"""A background process with its log and pid files, stopped by whoever started it or by a later command."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path


class PartError(RuntimeError):
    """A part that cannot be started or stopped; the text names the part and what to do."""


def port_holder(port):
    """Who listens on a TCP port, as `name (pid N)`, as far as this user may see it."""
    if not shutil.which("ss"):
        return "another process"
    listing = subprocess.run(
        ["ss", "-Hltnp", f"sport = :{port}"], capture_output=True, text=True, check=False
    ).stdout
    if '"' not in listing:
        return "another process"
    name = listing.split('"')[1]
    pid = listing.split("pid=")[1].split(",")[0]
    return f"{name} (pid {pid})"


def port_is_free(port, host="127.0.0.1"):
    """True where nothing listens on the port; a listener with SO_REUSEPORT counts as well."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def require_free_ports(ports):
    """Raises PartError that names every port in use; `ports` maps a port to what wants it."""
    taken = [
        f"port {port} ({purpose}) is in use by {port_holder(port)}"
        for port, purpose in ports.items()
        if not port_is_free(port)
    ]
    if taken:
        raise PartError("\n  ".join(taken) + "\nstop what holds them, or move all ports with --port-offset N")


def client_ports():
    """The first and last port that the kernel hands to outgoing connections: a server may find one taken."""
    return tuple(map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()))


def wait_until(condition, timeout_s, what, process=None):
    """Polls until `condition()` is true; gives up at the timeout or as soon as `process` has ended."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        if process is not None and not process.running():
            raise PartError(f"{what}: the process ended\n{process.log_tail()}")
        if time.monotonic() > deadline:
            tail = process.log_tail() if process is not None else ""
            raise PartError(f"{what}: not within {timeout_s:g} s\n{tail}")
        time.sleep(0.02)


def start_time(pid):
    """The kernel's start time of a process, to tell it from a later one with its pid; None when gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


def children_of(pid):
    """Pids of the direct children of a process."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid:
            found.append(int(entry.name))
    return found


class Process:
    """A named process in a folder: NAME.log gets its output, NAME.pid says which one it is."""

    def __init__(self, name, directory):
        self.name = name
        self.directory = Path(directory)
        self.log_path = self.directory / f"{name}.log"
        self.pid_path = self.directory / f"{name}.pid"
        self._child = None

    def start(self, argv, *, env=None, user=None, detached=False, death_signal="TERM"):
        """Starts the command. Unless detached it dies with us: a killed test run leaves nothing behind."""
        if self.running():
            raise PartError(f"{self.name} already runs in {self.directory} (pid {self.pid()})")
        self.directory.mkdir(parents=True, exist_ok=True)
        command = [str(part) for part in argv]
        prefix = []
        if user is not None:
            prefix += [f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        # The kernel sends it when the starting *thread* ends, so only the main thread may ask for it.
        if not detached and threading.current_thread() is threading.main_thread():
            prefix += ["--pdeathsig", death_signal]
        if prefix:
            command = ["setpriv", *prefix, "--", *command]
        with open(self.log_path, "ab") as log:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=env,
                start_new_session=True,
            )
        self.pid_path.write_text(f"{self._child.pid} {start_time(self._child.pid)}\n")

    def pid(self):
        """The pid of the started process; None where none was, or where it has ended."""
        try:
            pid, started = self.pid_path.read_text().split()
        except (OSError, ValueError):
            return None
        return int(pid) if start_time(int(pid)) == started else None

    def running(self):
        if self._child is not None:
            return self._child.poll() is None
        return self.pid() is not None

    def send(self, number):
        pid = self.pid()
        if pid is not None:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                pass

    def stop(self, number=signal.SIGTERM, timeout_s=15.0):
        """Asks the process to end and waits. Returns its exit status, or None where it is not our child."""
        self.send(number)
        try:
            wait_until(lambda: not self.running(), timeout_s, f"stopping {self.name}")
        except PartError:
            self.kill()
            raise
        return self._ended()

    def kill(self):
        """kill -9, children included, and waits until it is gone."""
        pid = self.pid()
        family = [pid, *children_of(pid)] if pid is not None else []
        for member in family:
            try:
                os.kill(member, signal.SIGKILL)
            except ProcessLookupError:
                pass
        wait_until(
            lambda: not self.running() and all(start_time(member) is None for member in family),
            10.0,
            f"killing {self.name}",
        )
        return self._ended()

    def log_tail(self, lines=15):
        """The last lines of the log, for an error text."""
        try:
            return "\n".join(self.log_path.read_text(errors="replace").splitlines()[-lines:])
        except OSError:
            return ""

    def _ended(self):
        status = self._child.wait() if self._child is not None else None
        self._child = None
        self.pid_path.unlink(missing_ok=True)
        return status
