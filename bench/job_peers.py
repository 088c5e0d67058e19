"""The job systems that engine-noop measures beside: graphile-worker (npm) and River (Go), of bench/peers.

Each is a command: `add URL JOBS` makes its schema and adds no-op jobs, `run URL JOBS` works them."""

import json
import shutil

import load
from parts.process import PartError

PEERS = load.HERE / "peers"
TOOLS = load.GHZ.parent
DATABASE = "peer"


class GraphileWorker:
    """Local queue of 500 and batched completion, as its own performance test; deletes finished jobs."""

    name = "graphile-worker"

    def __init__(self):
        self._folder = TOOLS / "graphile_worker"

    def install(self):
        """Into build/, where what is there is not of this package.json."""
        wanted = (PEERS / "graphile_worker" / "package.json").read_text(encoding="utf-8")
        stamp = self._folder / "installed.json"
        if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
            print("installing graphile-worker", flush=True)
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / "package.json").write_text(wanted, encoding="utf-8")
            load.tool(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock"], self._folder)
            stamp.write_text(wanted, encoding="utf-8")
        shutil.copy(PEERS / "graphile_worker" / "noop.js", self._folder)

    def command(self):
        """The Node.js that it asks for comes as a package; elsewhere than on Linux the one that is here."""
        own = next(self._folder.glob("node_modules/node-linux-*/bin/node"), "node")
        return [own, self._folder / "noop.js"]


class River:
    """2,000 workers and a fetch cooldown of 2 ms, as its own benchmark; keeps finished jobs."""

    name = "River"

    def install(self):
        TOOLS.mkdir(parents=True, exist_ok=True)
        load.tool(["go", "build", "-o", TOOLS / "river", "."], PEERS / "river")

    def command(self):
        return [TOOLS / "river"]


def measure(peer, system, jobs, held_open):
    """Jobs a second of the peer in a database of its own; `held_open` as in load.open_transaction."""
    load.query(system.database_url("postgres"), f"CREATE DATABASE {DATABASE}")
    url = system.database_url(DATABASE)
    try:
        with load.open_transaction(url, held_open):
            load.tool([*peer.command(), "add", url, jobs])
            load.query(url, "VACUUM ANALYZE")
            done = json.loads(load.tool([*peer.command(), "run", url, jobs]))
    finally:
        load.query(system.database_url("postgres"), f"DROP DATABASE {DATABASE} WITH (FORCE)")
    if done["jobs"] != jobs:
        raise PartError(f"{peer.name} ran {done['jobs']} of {jobs} jobs")
    return jobs / done["seconds"]
