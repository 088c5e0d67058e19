"""Schemathesis drives every operation of the contracts, statefully, with all of its checks."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.client import Client
from support.fixtures import folder

HERE = Path(__file__).resolve().parent
TIMEOUT_S = 900


def another_administrator(system):
    """One whom the examples of the contracts do not name."""
    client = Client(system)
    made, root = client.register(), client.log_in(system.administrator)
    answer = client.put("users", f"users/{made.user_id}/roles", root, json={"roles": ["user", "admin"]})
    assert answer.status_code == 200, answer.text
    client.close()
    return made


@pytest.mark.timeout(TIMEOUT_S + 60)
# Users last: the account that the contract's examples name is the administrator's.
@pytest.mark.parametrize("service", ["auth", "notifications", "tasks", "users"])
def test_schemathesis_finds_nothing(embedded_system, service):
    admin = another_administrator(embedded_system)
    report = folder(f"schemathesis-{service}")
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE),
        "SCHEMATHESIS_HOOKS": "callers",
        "ESM_TEST_USERS_URL": embedded_system.url("users"),
        "ESM_TEST_AUTH_URL": embedded_system.url("auth"),
        "ESM_TEST_ADMIN": json.dumps({"username": admin.username, "password": admin.password}),
    }
    root = embedded_system.url(service)
    command = [str(Path(sys.executable).parent / "st"), "--config-file", str(HERE / "schemathesis.toml")]
    command += ["run", f"{root}/openapi.yaml", "--url", root, "--checks", "all"]
    command += ["--phases", "examples,coverage,fuzzing,stateful"]
    command += ["--continue-on-failure", "--seed", "4", "--suppress-health-check", "all"]
    done = subprocess.run(
        command, env=environment, cwd=report, capture_output=True, text=True, timeout=TIMEOUT_S
    )
    (report / "report.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-4000:]
    tested = re.search(r"Operations:\s+(\d+) selected", done.stdout)
    assert tested is None or int(tested.group(1)) > 10
