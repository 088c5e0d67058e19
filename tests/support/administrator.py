"""The first administrator of a test's system, made as an operator makes one: `esm admin create`."""

import subprocess

from parts.system import SERVICES, binary, environment
from support.client import PASSWORD, User

NAME = "root"


def create(system, username=NAME):
    """Creates the account. An embedded system must not run meanwhile; a clustered one may."""
    command = [binary(), "admin", "create", username, "--email", f"{username}@example.org"]
    if system.kind == "embedded":
        command += ["--data", system.data]
        settings = {}
    else:
        settings = system.settings_for(SERVICES["users"], 0)
    done = subprocess.run(
        command,
        input=PASSWORD + "\n",
        env=environment(settings),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    user_id = int(done.stdout.split()[-1])
    return User(username, f"{username}@example.org", PASSWORD, user_id, "")
