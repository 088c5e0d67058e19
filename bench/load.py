"""The load generators: wrk (HTTP), ghz (gRPC), pgbench for the limit. A failed request fails the bench."""

import json
import os
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench_system import wait_until
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


def tool(command, folder=None, environment=None):
    """Runs a program to its end, in the folder where one is given; answers what it printed."""
    words = [str(word) for word in command]
    if shutil.which(words[0]) is None:
        raise PartError(f"{words[0]} is needed, which is not here")
    env = {**os.environ, **(environment or {})}
    done = subprocess.run(words, cwd=folder, env=env, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PartError(f"{' '.join(words[:2])}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def install_ghz():
    """Installs the gRPC load generator below build/ where it is not there yet."""
    if GHZ.exists():
        return
    print(f"installing {GHZ_MODULE}", flush=True)
    tool(["go", "install", GHZ_MODULE], environment={"GOBIN": str(GHZ.parent)})


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


def wait_published(url):
    """Waits until the relay has published every event of the database."""
    wait_until(lambda: query(url, "SELECT NOT EXISTS (SELECT FROM outbox)") == "t", 300, "publishing")


@contextmanager
def open_transaction(url, wanted=True):
    """A transaction in another session while the block runs: its snapshot keeps every dead row from vacuum.
    None where it is not wanted."""
    if not wanted:
        yield
        return
    command = ["psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as session:
        session.stdin.write("BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT pg_current_xact_id();\n")
        session.stdin.flush()
        begun = session.stdout.readline().strip().isdigit()
        try:
            yield
        finally:
            held = begun and session.poll() is None
            session.stdin.close()
        if not held:
            raise PartError("the open transaction did not last for the whole run")
