"""A person at a shell: the real `esm` binary, with a home folder of its own."""

import json
import subprocess
from urllib.parse import urlparse

from parts.system import SERVICES, binary, environment

DONE, REFUSED, WRONG_COMMAND_LINE, NOT_LOGGED_IN = 0, 1, 2, 3


class Shell:
    """A person with a home folder of their own, at one system."""

    def __init__(self, system, home):
        self.home = home
        self.offset = urlparse(system.url("users")).port - SERVICES["users"].http_port
        self.environment = {**environment({}), "HOME": str(home), "XDG_CONFIG_HOME": str(home / "config")}
        self.token_file = home / "config" / "esm" / "token.json"

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
