"""The load generators: wrk (HTTP), ghz (gRPC), pgbench for the limit. A failed request fails the bench."""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from parts.process import PartError

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
GHZ = ROOT / "build" / "bench-tools" / "ghz"
GHZ_MODULE = "github.com/bojand/ghz/cmd/ghz@v0.120.0"


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


def ghz(target, method, data, token, callers, seconds):
    """Calls a gRPC method over four connections, its requests taken from a JSON file one after the other."""
    command = [
        str(GHZ),
        *("--insecure", "--proto", str(ROOT / "contracts/proto/eventstreammonitor/auth/v1/auth.proto")),
        *("--call", method, "--data-file", str(data)),
        *("--metadata", json.dumps({"authorization": f"Bearer {token}"})),
        *("--disable-template-functions", "--disable-template-data"),
        *("--concurrency", str(callers), "--connections", "4"),
        *("--duration", f"{seconds}s", "--duration-stop", "wait", "--format", "json"),
        target,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PartError(f"ghz: {done.stderr.strip() or done.stdout.strip()}")
    seen = json.loads(done.stdout)
    if set(seen["statusCodeDistribution"]) != {"OK"}:
        raise PartError(f"{method}: calls failed under load: {seen['statusCodeDistribution']}")
    latency = {each["percentage"]: each["latency"] / 1e6 for each in seen["latencyDistribution"]}
    return Load(seen["rps"], seen["count"], latency[50], latency[99])


def install_ghz():
    """Installs the gRPC load generator below build/ where it is not there yet."""
    if GHZ.exists():
        return
    if shutil.which("go") is None:
        raise PartError(f"{GHZ_MODULE} is installed with Go, which is not here")
    print(f"installing {GHZ_MODULE}", flush=True)
    environment = {**os.environ, "GOBIN": str(GHZ.parent)}
    done = subprocess.run(
        ["go", "install", GHZ_MODULE], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PartError(f"go install {GHZ_MODULE}: {done.stderr.strip()}")


def script(url, name, variables=None):
    """A script of bench/sql through psql, with psql's variables."""
    command = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(HERE / "sql" / name)]
    for key, value in (variables or {}).items():
        command += ["-v", f"{key}={value}"]
    done = subprocess.run([*command, url], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PartError(f"psql: {done.stderr.strip()}")


def query(url, statement):
    """One SQL statement through psql; answers its text."""
    command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement, url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PartError(f"psql: {done.stderr.strip()}")
    return done.stdout.strip()
