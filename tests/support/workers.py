"""The example workers as their users would start them, built once a run under build/workers."""

import os
import shutil
import subprocess
import sys

from parts.process import Process
from parts.system import ROOT, binary, environment

EXAMPLES = ROOT / "examples" / "workers"
BUILT = ROOT / "build" / "workers"
PROTO = ROOT / "contracts" / "proto"
KINDS = ("any_program", "python", "go", "typescript")
_ready = {}


def _copy(kind):
    """A fresh copy of an example to build in, with what was installed there before."""
    folder = BUILT / kind
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(EXAMPLES / kind, folder, dirs_exist_ok=True)
    return folder


def _run(folder, *command):
    settings = {**os.environ, "PROTO": str(PROTO)}
    done = subprocess.run(command, cwd=folder, env=settings, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


def command(kind):
    """The command of an example, which is built by the first call."""
    if kind not in _ready:
        folder = _copy(kind)
        if kind == "any_program":
            program = f"exec {sys.executable} {folder}/count_words.py"
            made = [binary(), "worker", "run", "--type", "count_words", "--exec", program]
        elif kind == "python":
            made = [sys.executable, folder / "worker.py"]
        elif kind == "go":
            _run(folder, "go", "generate", "./...")
            _run(folder, "go", "build", "-o", "bin/worker", ".")
            made = [folder / "bin" / "worker"]
        else:
            _run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
            _run(folder, "npm", "run", "build")
            made = ["node", folder / "dist" / "worker.js"]
        _ready[kind] = made
    return _ready[kind]


def settings(system, client):
    """What every worker finds in its environment: where the system is, and who it is there."""
    return {
        "ESM_WORKER_SERVER": system.grpc_target("tasks"),
        "ESM_WORKER_TOKEN_URL": f"{system.url('auth')}/oauth2/token",
        "ESM_WORKER_CLIENT_ID": client.client_id,
        "ESM_WORKER_CLIENT_SECRET": client.secret,
        "PYTHONPATH": PROTO,
        "PROTO": PROTO,
    }


def start(name, argv, system, client):
    """A running worker with its log in the system's folder."""
    process = Process(name, system.directory)
    process.log_path.unlink(missing_ok=True)
    process.start(argv, env=environment(settings(system, client)), death_signal="KILL")
    return process
