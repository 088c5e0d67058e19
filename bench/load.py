"""The load generators: wrk for HTTP, pgbench for the limit. A failed request fails the bench."""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from parts.process import PartError

HERE = Path(__file__).resolve().parent


@dataclass
class Load:
    """What one run of a generator saw."""

    per_second: float
    requests: int
    p50_ms: float
    p99_ms: float


def wrk(url, script, connections, seconds, settings=None):
    """Runs wrk with two threads and a script of bench/lua, which prints the counts as JSON."""
    command = [
        "wrk",
        "-t2",
        f"-c{connections}",
        f"-d{seconds}s",
        "--timeout",
        "10s",
        "-s",
        str(HERE / "lua" / script),
        url,
    ]
    env = {**os.environ, **(settings or {})}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PartError(f"wrk: {done.stderr.strip() or done.stdout.strip()}")
    counts = json.loads(done.stdout.strip().splitlines()[-1])
    failed = {name: count for name, count in counts["errors"].items() if count}
    if failed:
        raise PartError(f"{url}: requests failed under load: {failed}")
    return Load(
        counts["requests"] / (counts["duration_us"] / 1e6),
        counts["requests"],
        counts["p50_us"] / 1000,
        counts["p99_us"] / 1000,
    )


def pgbench(url, script, clients, seconds, variables=()):
    """Runs a script of bench/sql with prepared statements; answers transactions a second."""
    command = [
        "pgbench",
        "-n",
        "-M",
        "prepared",
        "-f",
        str(HERE / "sql" / script),
        "-c",
        str(clients),
        "-j",
        "2",
    ]
    command += ["-T", str(seconds)]
    for name, value in variables:
        command += ["-D", f"{name}={value}"]
    done = subprocess.run([*command, url], capture_output=True, text=True, check=False)
    rate = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    failed = re.search(r"number of failed transactions: ([0-9]+)", done.stdout)
    if done.returncode != 0 or rate is None or (failed and int(failed.group(1))):
        raise PartError(f"pgbench: {done.stderr.strip() or done.stdout.strip()}")
    return float(rate.group(1))


def query(url, statement):
    """One SQL statement through psql; answers its text."""
    command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PartError(f"psql: {done.stderr.strip()}")
    return done.stdout.strip()
