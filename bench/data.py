"""data_processing through the service: a group-by over 5 million CSV rows, beside DuckDB and pandas.

The file is uploaded once; a round is a task from its POST until it has completed, then each peer on the
same file in a process of its own, without its imports. All three must find the same. At the end one task
sorts all rows."""

import json
import random
import subprocess
import time
import urllib.error
import urllib.request
import venv

import load
from bench_system import BenchSystem, post
from figures import Figure, Round
from parts.process import PartError

ROWS = 5_000_000
CATEGORIES = 100
PEER_PACKAGES = ("duckdb==2.0.1", "pandas==3.1.1", "pyarrow==26.0.1")
MEMORY_MAX_MB = 200
PATIENCE_S = 300
AGGREGATES = ("count", "sum", "avg", "min", "max")
GROUP_BY = {
    "op": "group",
    "by": ["category"],
    "aggregates": [{"function": name, "column": "amount", "as": name} for name in AGGREGATES],
}
SORT = {"op": "sort", "by": [{"column": "amount", "direction": "desc"}, {"column": "id"}]}


def write_rows(path):
    dice = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        file.write("id,category,amount,date\n")
        for number in range(ROWS):
            cents = dice.randrange(1, 1_000_000)
            day = f"2026-{1 + cents % 12:02}-{1 + cents % 28:02}"
            file.write(f"{number},category {dice.randrange(CATEGORIES)},{cents / 100:.2f},{day}\n")


def peer_python():
    """The interpreter of build/bench-tools/data, which has the peers at their pinned versions."""
    folder = load.ROOT / "build" / "bench-tools" / "data"
    stamp = folder / "packages"
    wanted = "\n".join(PEER_PACKAGES)
    if not stamp.exists() or stamp.read_text(encoding="utf-8") != wanted:
        print(f"installing {', '.join(PEER_PACKAGES)}", flush=True)
        venv.create(folder, clear=True, with_pip=True)
        install = [folder / "bin" / "python", "-m", "pip", "install", "-q", *PEER_PACKAGES]
        if subprocess.run(install, check=False).returncode != 0:
            raise PartError("the peers could not be installed")
        stamp.write_text(wanted, encoding="utf-8")
    return folder / "bin" / "python"


def peer(python, name, path):
    """Seconds, peak MB and the groups of one run of a peer."""
    script = load.HERE / "peers" / "data_peer.py"
    done = subprocess.run([python, script, name, path], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PartError(f"{name}: {done.stderr.strip()}")
    found = json.loads(done.stdout)
    return found["seconds"], found["rssMb"], found["groups"]


class Tasks:
    """The task service as one user sees it."""

    def __init__(self, system):
        self.system = system
        self.token = system.token()

    def ask(self, path, body=None, headers=()):
        all_headers = {"Authorization": f"Bearer {self.token}", **dict(headers)}
        request = urllib.request.Request(self.system.url("tasks", path), body, all_headers)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_S) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise PartError(f"{path}: {error.code} {error.read().decode(errors='replace')}") from None

    def upload(self, path):
        with path.open("rb") as file:
            headers = {"Content-Type": "application/octet-stream", "Content-Length": path.stat().st_size}
            return self.ask(f"/files?name={path.name}", file, headers)["file"]["fileId"]

    def run(self, parameters):
        """Seconds from the POST until the task has completed, and its result."""
        begun = time.monotonic()
        body = {"taskType": "data_processing", "parameters": parameters}
        task = post(self.system.url("tasks", "/tasks"), body, self.token)["task"]
        while task["status"] in ("pending", "running"):
            if time.monotonic() - begun > PATIENCE_S:
                raise PartError(f"the task is not done after {PATIENCE_S} s")
            task = self.ask(f"/tasks/{task['taskId']}?wait=30s")["task"]
        if task["status"] != "completed":
            raise PartError(f"the task is {task['status']}: {task['errorMessage']}")
        return time.monotonic() - begun, task["result"]


def same(left, right):
    """Whether two lists of groups agree; sums of doubles to 12 digits."""
    if len(left) != len(right):
        return False
    for one, other in zip(sorted(left), sorted(right)):
        if one[:2] != other[:2]:
            return False
        if any(abs(a - b) > 1e-12 * max(abs(a), abs(b)) for a, b in zip(one[2:], other[2:])):
            return False
    return True


def measure(tasks, file_id, path, figures, args):
    python = peer_python()
    for index in range(args.rounds):
        ours_s, result = tasks.run({"source": {"fileId": file_id}, "steps": [GROUP_BY]})
        groups = [[row["category"], *(row[name] for name in AGGREGATES)] for row in result["rows"]]
        said = [f"round {index + 1}: {ours_s:.3f} s"]
        for name, figure in figures.items():
            peer_s, peer_mb, found = peer(python, name, path)
            if not same(groups, found):
                raise PartError(f"{name} and the task found different groups")
            figure.rounds.append(Round(ROWS / ours_s, ROWS / peer_s, ours_s * 1000, ours_s * 1000))
            said.append(f"{name} {peer_s:.3f} s in {peer_mb:.0f} MB")
        print(", ".join(said), flush=True)


def run(args, folder):
    path = folder / "rows.csv"
    write_rows(path)
    print(f"{ROWS:,} rows, {path.stat().st_size / 1e6:.0f} MB")
    figures = {
        "duckdb": Figure("data-duckdb", "rows/s", PEER_PACKAGES[0], 0.5),
        "pandas": Figure("data-pandas", "rows/s", PEER_PACKAGES[1], 2.0),
    }
    with BenchSystem(folder, args.port_offset) as system:
        tasks = Tasks(system)
        system.keep_only("tasks")
        file_id = tasks.upload(path)
        measure(tasks, file_id, path, figures, args)
        grouped_mb = system.rss_mb("tasks")
        output = {"format": "csv", "compression": "zstd"}
        sort_s, _ = tasks.run({"source": {"fileId": file_id}, "steps": [SORT], "output": output})
        sorted_mb = system.rss_mb("tasks")
    for figure in figures.values():
        figure.rss_mb = grouped_mb
        print(figure.table())
    print(f"sorted all rows into a packed artifact in {sort_s:.1f} s")
    met = "met" if sorted_mb <= MEMORY_MAX_MB else "missed"
    grouped, ordered = f"{grouped_mb:.0f} MB after the group-by", f"{sorted_mb:.0f} MB after the sort"
    print(f"peak memory of the service: {grouped}, {ordered}")
    print(f"goal ≤ {MEMORY_MAX_MB} MB: {met}")
    for figure in figures.values():
        print(figure.json_line())
