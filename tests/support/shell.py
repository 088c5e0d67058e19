"""A person at a shell: runs `esm` with a home folder of their own, with and without a terminal."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import time
from urllib.parse import urlparse

from parts.system import SERVICES, binary, environment

DONE, REFUSED, WRONG_COMMAND_LINE, NOT_LOGGED_IN, INTERRUPTED = 0, 1, 2, 3, 130


class Shell:
    """A person with a home folder of their own, at one system."""

    def __init__(self, system, home):
        self.home = home
        self.offset = urlparse(system.url("users")).port - SERVICES["users"].http_port
        self.environment = {**environment({}), "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")}
        self.token_file = home / "config" / "esm" / "token.json"
        self._started = []

    def close(self):
        """Ends what was started and still runs, where a test failed."""
        for process in self._started:
            process.kill()
            process.wait()
            process.stdout.close()
            process.stderr.close()

    def run(self, *arguments, stdin="", **variables):
        """One command without a terminal."""
        return subprocess.run(
            [binary(), *map(str, arguments)],
            input=stdin,
            env={**self.environment, **variables},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def start(self, *arguments):
        """The same, still running."""
        process = subprocess.Popen(
            [binary(), *map(str, arguments)],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._started.append(process)
        return process

    def done(self, *arguments, stdin=""):
        """The output of a command that succeeds."""
        ended = self.run(*arguments, stdin=stdin)
        assert ended.returncode == DONE, ended.stdout + ended.stderr
        return ended.stdout

    def json(self, *arguments):
        return json.loads(self.done(*arguments, "--json"))

    def log_in(self, user):
        arguments = ("login", "--port-offset", self.offset, "-u", user.username)
        return self.done(*arguments, stdin=user.password + "\n")

    def tokens(self):
        return json.loads(self.token_file.read_text())

    def change_tokens(self, **changes):
        self.token_file.write_text(json.dumps({**self.tokens(), **changes}))


class Terminal:
    """A command on a terminal of its own; `seen` is all that it wrote."""

    def __init__(self, shell, *arguments, rows=24, columns=100, **variables):
        self.seen = ""
        self.process, self._terminal = pty.fork()
        if self.process == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            settings = {"TERM": "xterm-256color", "LANG": "C.UTF-8", **shell.environment, **variables}
            os.execve(binary(), [str(binary()), *map(str, arguments)], settings)

    def type(self, text):
        os.write(self._terminal, text.encode() + b"\n")

    def interrupt(self):
        os.kill(self.process, signal.SIGINT)

    def read_some(self):
        """Takes what it wrote within a moment; False once it has ended."""
        if not select.select([self._terminal], [], [], 0.1)[0]:
            return True
        try:
            part = os.read(self._terminal, 65536)
        except OSError:  # the other end is closed
            part = b""
        self.seen += part.decode(errors="replace")
        return bool(part)

    def read_until(self, *texts, timeout_s=30.0):
        """Reads until all of the texts have been seen, or the command ends."""
        until = time.monotonic() + timeout_s
        while not (texts and all(text in self.seen for text in texts)) and self.read_some():
            assert time.monotonic() < until, f"never saw {texts}: {self.seen}"
        return self.seen

    def ended(self, timeout_s=30.0):
        """Everything it wrote, and its exit status."""
        self.read_until(timeout_s=timeout_s)
        _, status = os.waitpid(self.process, 0)
        os.close(self._terminal)
        return self.seen, os.waitstatus_to_exitcode(status)
