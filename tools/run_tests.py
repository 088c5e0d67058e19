#!/usr/bin/python3
"""Runs test suites on a finished build and counts every case; ./test installs and builds, then calls it."""

import argparse
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from parts.kafka import Kafka  # noqa: E402
from parts.postgres import Postgres  # noqa: E402
from parts.process import PartError, require_free_ports  # noqa: E402
from parts.s3 import S3, install_rclone  # noqa: E402

ROOT = Path(__file__).resolve().parents[1]
SYSTEM_PYTHON = "/usr/bin/python3"
CTEST_SUITES = ("unit", "contract")
PYTEST_SUITES = {
    "tree": ["tests/tree"],
    "parts": ["tests/parts"],
    "deploy": ["tests/deploy"],
    "e2e": ["tests/e2e"],
    "security": ["tests/security"],
    "api": ["tests/api"],
    "faults": ["tests/faults"],
    "engine": ["tests/engine"],
    "notifications": ["tests/notifications"],
}
SUITES = ("verify", *CTEST_SUITES, *PYTEST_SUITES)
# Clear of a system on the default ports and of the end-to-end tests' own systems.
PARTS_PORT_OFFSET = int(os.environ.get("ESM_TEST_PORT_OFFSET", "3000")) + 600
POSTGRES_PORT, KAFKA_PORT, S3_PORT = 25432, 29092, 29000


class Tally:
    """What one suite came to."""

    def __init__(self, suite):
        self.suite = suite
        self.passed = 0
        self.failures = []
        self.seconds = 0.0

    def fail(self, name):
        self.failures.append(name)

    def add_junit(self, path):
        """Adds the cases of a JUnit file, pytest's or GoogleTest's. A skipped one counts as failed."""
        failed_before = len(self.failures)
        for case in ElementTree.parse(path).getroot().iter("testcase"):
            name = f"{case.get('classname')}.{case.get('name')}"
            if case.find("failure") is not None or case.find("error") is not None:
                self.fail(name)
            elif case.find("skipped") is not None:
                self.fail(f"{name} (skipped)")
            else:
                self.passed += 1
        return len(self.failures) - failed_before


def results_folder(suite):
    folder = ROOT / "build" / "test-results" / suite
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def venv_python():
    """The interpreter of build/venv, made again whenever tests/requirements.txt has changed."""
    requirements = ROOT / "tests" / "requirements.txt"
    venv = ROOT / "build" / "venv"
    python = venv / "bin" / "python"
    stamp = venv / "requirements.sha256"
    digest = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if not (python.exists() and stamp.exists() and stamp.read_text() == digest):
        print("installing the test clients into build/venv", flush=True)
        subprocess.run([SYSTEM_PYTHON, "-m", "venv", "--clear", str(venv)], check=True)
        command = [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*command, "-r", str(requirements)], check=True)
        stamp.write_text(digest)
    return str(python)


class ContractParts:
    """PostgreSQL, Kafka and S3 for contract tests, as ESM_TEST_POSTGRES_URL and so on."""

    def __init__(self):
        folder = ROOT / "build" / "tests" / "contract"
        self.postgres = Postgres(folder, POSTGRES_PORT + PARTS_PORT_OFFSET)
        self.kafka = Kafka(folder, KAFKA_PORT + PARTS_PORT_OFFSET)
        self.s3 = S3(folder, S3_PORT + PARTS_PORT_OFFSET)

    def __enter__(self):
        try:
            self.postgres.remove()
            self.kafka.remove()
            self.s3.remove()
            install_rclone()
            ports = {self.postgres.port: "PostgreSQL", self.kafka.port: "Kafka", self.s3.port: "S3"}
            require_free_ports(ports)
            self.kafka.start(wait=False)
            self.postgres.start()
            self.s3.start()
            self.kafka.wait_ready()
        except BaseException:
            self.__exit__()
            raise
        return {
            "ESM_TEST_POSTGRES_URL": self.postgres.url("postgres"),
            "ESM_TEST_KAFKA_BROKERS": self.kafka.bootstrap,
            **self.s3.settings(),
        }

    def __exit__(self, *error):
        self.s3.remove()
        self.kafka.remove()
        self.postgres.remove()


def run_ctest(suite, options, settings):
    """Runs a ctest label. Each GoogleTest case counts, and so does a program that ended without a report."""
    tally = Tally(suite)
    reports = results_folder(suite)
    command = ["ctest", "--test-dir", str(ROOT / "build" / options.preset), "-L", f"^{suite}$"]
    command += ["--output-on-failure", "--output-junit", str(reports / "ctest.junit"), "--no-tests=error"]
    if suite == "unit":
        command += ["-j2"]
    if options.filter:
        command += ["-R", options.filter]
    environment = {**os.environ, **settings, "GTEST_OUTPUT": f"xml:{reports}/"}
    if options.full:
        environment["ESM_TEST_FULL"] = "1"
    status = subprocess.run(command, env=environment, check=False).returncode
    if not (reports / "ctest.junit").exists():
        tally.fail(f"ctest -L {suite} ran nothing (status {status})")
        return tally
    for program in ElementTree.parse(reports / "ctest.junit").getroot().iter("testcase"):
        name = program.get("name")
        report = reports / f"{name}.xml"
        counted = tally.add_junit(report) if report.exists() else 0
        if program.get("status") != "run" and counted == 0:
            tally.fail(f"{name} ended without a result of its own")
        elif not report.exists():
            tally.passed += 1
    return tally


def run_pytest(suite, options):
    tally = Tally(suite)
    report = results_folder(suite) / "pytest.junit"
    command = [venv_python(), "-m", "pytest", "-c", "tests/pytest.ini", "--rootdir", "tests", "-q"]
    command += ["--junitxml", str(report), *PYTEST_SUITES[suite]]
    if not options.full:
        command += ["-m", "not slow"]
    if options.filter:
        command += ["-k", options.filter]
    environment = {**os.environ, "ESM_BINARY": str(ROOT / "build" / options.preset / "app" / "esm")}
    status = subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode
    failed = tally.add_junit(report) if report.exists() else 0
    if status != 0 and failed == 0:
        tally.fail(f"pytest {suite} ended with status {status}")
    return tally


def tracked(*patterns):
    """Files of the tree that git knows, by pattern."""
    command = ["git", "-C", str(ROOT), "-c", "safe.directory=*", "ls-files", "-z", "--", *patterns]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listing.split("\0") if name]


def run_verify():
    """Formatting of the sources and the syntax of the scripts: one case a file."""
    tally = Tally("verify")
    for source in tracked("*.cpp", "*.hpp"):
        command = ["clang-format-19", "--dry-run", "--Werror", str(source)]
        if subprocess.run(command, capture_output=True, check=False).returncode == 0:
            tally.passed += 1
        else:
            tally.fail(f"{source.relative_to(ROOT)} is not formatted: run tools/format")
    for script in [ROOT / "run", ROOT / "test", *tracked("tools/*", ".ci/*")]:
        if not script.read_bytes().startswith(b"#!/usr/bin/env bash"):
            continue
        if subprocess.run(["bash", "-n", str(script)], check=False).returncode == 0:
            tally.passed += 1
        else:
            tally.fail(f"{script.relative_to(ROOT)} is not valid bash")
    return tally


def run_suite(suite, options):
    begun = time.monotonic()
    print(f"\n== {suite}", flush=True)
    try:
        if suite == "verify":
            tally = run_verify()
        elif suite == "unit":
            tally = run_ctest(suite, options, {})
        elif suite == "contract":
            with ContractParts() as settings:
                tally = run_ctest(suite, options, settings)
        else:
            tally = run_pytest(suite, options)
    except PartError as error:
        print(f"test: {suite} needs a part that does not start: {error}", file=sys.stderr)
        tally = Tally(suite)
        tally.fail(f"{suite} could not start: {str(error).splitlines()[0]}")
    tally.seconds = time.monotonic() - begun
    return tally


def interrupt(number, frame):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser(description="Runs test suites on a finished build.")
    parser.add_argument("suites", nargs="*", help=f"of {', '.join(SUITES)}; default all")
    parser.add_argument("--preset", default="release", help="the build to test")
    parser.add_argument("--full", action="store_true", help="slow tests as well")
    parser.add_argument("-k", "--filter", help="only these: a ctest pattern or a pytest expression")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, interrupt)
    tallies = [run_suite(suite, options) for suite in options.suites or SUITES]
    print("\n== result", flush=True)
    for tally in tallies:
        failed = len(tally.failures)
        print(f"{tally.suite:<13} {tally.passed:>6} passed {failed:>5} failed {tally.seconds:>8.1f} s")
    failures = [f"{tally.suite}: {name}" for tally in tallies for name in tally.failures]
    for name in failures:
        print(f"FAILED {name}")
    print(f"{sum(tally.passed for tally in tallies)} passed, {len(failures)} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
