#!/usr/bin/python3
"""A real S3 server on 127.0.0.1 with one bucket: rclone over a folder, installed with Go where it is missing.

    tools/parts/s3.py start --dir DIR --port PORT           prints the settings as `NAME VALUE` lines
    tools/parts/s3.py stop|kill|remove --dir DIR
"""

import argparse
import os
import secrets
import shutil
import socket
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from parts.process import PartError, Process, require_free_ports, wait_until  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
RCLONE = ROOT / "build" / "test-tools" / "rclone"
RCLONE_MODULE = "github.com/rclone/rclone@v1.76.0"
BUCKET = "esm-files"
ACCESS_KEY = "esm"


def install_rclone():
    """Installs rclone below build/ where it is not there yet; compiling it takes some minutes."""
    if RCLONE.exists():
        return
    if shutil.which("go") is None:
        raise PartError(f"{RCLONE_MODULE} is installed with Go, which is not here")
    print(f"installing {RCLONE_MODULE}", flush=True)
    RCLONE.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "GOBIN": str(RCLONE.parent)}
    done = subprocess.run(
        ["go", "install", RCLONE_MODULE], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise PartError(f"go install {RCLONE_MODULE}: {done.stderr.strip()}")


class S3:
    """The server; its objects lie in `directory`/s3.data/BUCKET."""

    def __init__(self, directory, port):
        self.directory = Path(directory).resolve()
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.data = self.directory / "s3.data"
        self.secret_path = self.directory / "s3.secret"
        self.process = Process("s3", self.directory)

    @property
    def secret_key(self):
        return self.secret_path.read_text().strip()

    def settings(self):
        """How the contract tests find it."""
        return {
            "ESM_TEST_S3_URL": self.url,
            "ESM_TEST_S3_BUCKET": BUCKET,
            "ESM_TEST_S3_ACCESS_KEY": ACCESS_KEY,
            "ESM_TEST_S3_SECRET_KEY": self.secret_key,
        }

    def start(self, detached=False, timeout_s=30.0):
        install_rclone()
        require_free_ports({self.port: "the S3 server"})
        (self.data / BUCKET).mkdir(parents=True, exist_ok=True)
        (self.directory / "s3.port").write_text(f"{self.port}\n")
        if not self.secret_path.exists():
            self.secret_path.touch(mode=0o600)
            self.secret_path.write_text(secrets.token_hex(16) + "\n")
        argv = [RCLONE, "serve", "s3", self.data, "--addr", f"127.0.0.1:{self.port}"]
        # An environment variable is nobody else's to read, as an argument would be.
        environment = {**os.environ, "RCLONE_AUTH_KEY": f'"{ACCESS_KEY},{self.secret_key}"'}
        environment["RCLONE_CONFIG"] = "/dev/null"
        self.process.start(argv, env=environment, detached=detached)
        wait_until(self.ready, timeout_s, f"the S3 server on port {self.port}", self.process)
        return self

    def ready(self):
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=2.0).close()
        except OSError:
            return False
        return True

    def stop(self):
        self.process.stop()

    def kill(self):
        self.process.kill()

    def remove(self):
        """Stops it and deletes its objects."""
        if self.process.running():
            self.stop()
        shutil.rmtree(self.data, ignore_errors=True)
        for path in (self.secret_path, self.directory / "s3.port"):
            path.unlink(missing_ok=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("action", choices=("start", "stop", "kill", "remove"))
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--port", type=int)
    options = parser.parse_args()
    if options.action == "start":
        if options.port is None:
            parser.error("start needs --port")
        server = S3(options.dir, options.port).start(detached=True)
        for name, value in server.settings().items():
            print(name, value)
        return
    getattr(S3(options.dir, 0), options.action)()


if __name__ == "__main__":
    try:
        main()
    except PartError as error:
        sys.exit(f"s3: {error}")
