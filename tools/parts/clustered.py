#!/usr/bin/python3
"""Runs the whole system clustered, until Ctrl-C or for one run of the demo. Called by ./run."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from parts.process import PartError  # noqa: E402
from parts.system import BASE_PATH, ROOT, SERVICES, Clustered, binary, environment  # noqa: E402


class Interrupted(Exception):
    """SIGTERM or Ctrl-C: stop everything in order."""


def interrupt(number, frame):
    raise Interrupted


def report(what, seconds):
    print(f"  {what:<60} {seconds:6.1f} s", flush=True)


def demo(options):
    """The demo's steps live in `esm demo`; it gets a fresh system and ends with the exit status."""
    with tempfile.TemporaryDirectory(prefix="esm-demo-") as folder:
        os.chmod(folder, 0o711)  # PostgreSQL's account must reach its own folder in it.
        status = 1
        system = Clustered(folder, options.port_offset, options.replicas)
        try:
            print(f"starting the parts, {options.replicas} replicas of each service", flush=True)
            system.start(report)
            command = [str(binary()), "demo", "--mailbox", str(system.mailbox)]
            command += ["--kafka-brokers", system.bootstrap, "--auth-grpc", system.grpc_target("auth")]
            for index, name in enumerate(SERVICES):
                # Spread over the replicas, as a load balancer would.
                command += [f"--{name}-url", system.url(name, index % options.replicas)]
            print(flush=True)
            settings = environment(system.identity("tasks"))
            status = subprocess.run(command, env=settings, check=False).returncode
            return status
        finally:
            system.remove()
            if status != 0:
                keep_logs(Path(folder))


def keep_logs(folder):
    logs = list(folder.glob("*.log"))
    if not logs:
        return
    kept = ROOT / "build" / "demo-logs"
    kept.mkdir(parents=True, exist_ok=True)
    for log in logs:
        shutil.copy(log, kept)
    print(f"the logs of every process are in {kept}", file=sys.stderr)


def serve(options):
    """Keeps the system up until it is asked to stop, or until one of its processes ends by itself."""
    system = Clustered(options.data, options.port_offset, options.replicas)
    system.start(report)
    try:
        print_addresses(system)
        members = [member for group in system.replicas.values() for member in group]
        parts = [system.postgres, system.kafka, system.smtp, *members]
        while True:
            time.sleep(0.5)
            for part in parts:
                if not part.process.running():
                    raise PartError(f"{part.process.name} ended by itself:\n{part.process.log_tail()}")
    finally:
        print("stopping", flush=True)
        system.stop()


def print_addresses(system):
    users = system.url("users") + BASE_PATH
    auth = system.url("auth") + BASE_PATH
    for name, group in system.replicas.items():
        print(f"{name:<14} {' '.join(member.url for member in group)}")
    print(f"kafka          {system.bootstrap}")
    print(f"mailbox        {system.mailbox}")
    print(f"logs           {system.directory}/*.log")
    json_header = "-H 'content-type: application/json'"
    print("\ntry:")
    print(
        f"  curl {users}/users/register {json_header} -d '"
        '{"username":"ada","email":"ada@example.org","password":"correct-horse-battery",'
        '"firstName":"Ada","lastName":"Lovelace"}\''
    )
    print(
        f"  curl {auth}/auth/login {json_header} -d '"
        '{"username":"ada","password":"correct-horse-battery"}\''
    )
    print(f"  curl {system.url('tasks')}/readyz")
    print("\nCtrl-C stops everything; the data stays in", system.directory, flush=True)


def main():
    parser = argparse.ArgumentParser(description="The whole system on PostgreSQL, Kafka and SMTP.")
    parser.add_argument("--demo", action="store_true", help="run the demo on a fresh system and stop")
    parser.add_argument("--replicas", type=int, default=2, help="processes of each service")
    parser.add_argument("--port-offset", type=int, default=0, help="added to every port")
    parser.add_argument("--data", default=str(ROOT / "esm-data" / "clustered"), help="data folder")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, interrupt)
    try:
        return demo(options) if options.demo else serve(options)
    except Interrupted:
        return 130
    except PartError as error:
        print(f"run: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
