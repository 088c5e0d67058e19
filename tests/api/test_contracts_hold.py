"""Schemathesis drives every operation of users' and auth's contracts, statefully, with all of its checks."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from support.fixtures import folder

HERE = Path(__file__).resolve().parent
CASES_EACH = 25
TIMEOUT_S = 900


@pytest.mark.timeout(TIMEOUT_S + 60)
@pytest.mark.parametrize("service", ["users", "auth"])
def test_schemathesis_finds_nothing(embedded_system, service):
    admin = embedded_system.administrator
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
    command += ["--phases", "examples,coverage,fuzzing,stateful", "--max-examples", str(CASES_EACH)]
    command += ["--continue-on-failure", "--seed", "4", "--suppress-health-check", "all"]
    done = subprocess.run(
        command, env=environment, cwd=report, capture_output=True, text=True, timeout=TIMEOUT_S
    )
    (report / "report.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    assert done.returncode == 0, done.stdout[-20000:] + done.stderr[-4000:]
    tested = re.search(r"Operations:\s+(\d+) selected", done.stdout)
    assert tested is None or int(tested.group(1)) > 10
