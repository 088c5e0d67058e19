"""Resident memory when idle and time until ready: each service clustered, and `serve all` embedded."""

import statistics
import time
import urllib.error
import urllib.request

from figures import TimeFigure
from parts.process import PartError
from parts.system import SERVICES, Clustered, Embedded, binary

IDLE_S = 5


def current_rss_mb(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as file:
        for line in file:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    raise PartError("its memory cannot be read")


def start_and_wait(replica, urls):
    """Seconds from the start of the process until each URL's /readyz answers 200."""
    begun = time.monotonic()
    replica.start(wait=False)
    waiting = set(urls)
    while waiting:
        for url in list(waiting):
            try:
                with urllib.request.urlopen(f"{url}/readyz", timeout=1):
                    waiting.discard(url)
            except (OSError, urllib.error.URLError):
                if not replica.process.running():
                    raise PartError(f"{replica.name} ended while starting") from None
        if time.monotonic() - begun > 60:
            raise PartError(f"{replica.name} is not ready after 60 s")
        time.sleep(0.002)
    return time.monotonic() - begun


def measure(name, replica, urls, rounds, limits):
    """Restarts the process `rounds` times; medians. Limits are MB and seconds of the issue."""
    ready, memory = [], []
    for _ in range(rounds):
        if replica.process.running():
            replica.stop()
        ready.append(start_and_wait(replica, urls))
        time.sleep(IDLE_S)
        memory.append(current_rss_mb(replica.process.pid()))
    rss, seconds = statistics.median(memory), statistics.median(ready)
    print(
        f"{name:<28} {rss:>7.1f} MB (≤ {limits[0]}),"
        f" ready in {seconds * 1000:.0f} ms (≤ {limits[1] * 1000:.0f})"
    )
    figures = (("rss", rss, "MB", limits[0]), ("ready", seconds * 1000, "ms", limits[1] * 1000))
    return [
        TimeFigure(f"footprint-{name}-{what}", value, unit, limit, seconds * 1000, max(ready) * 1000, rss)
        for what, value, unit, limit in figures
    ]


def run(args, folder):
    lines = []
    system = Clustered(folder / "clustered", args.port_offset, replicas=1)
    try:
        system.start()
        for name in SERVICES:
            replica = system.replicas[name][0]
            megabytes = 30 if name == "notifications" else 40
            lines += measure(name, replica, [replica.url], args.rounds, (megabytes, 0.5))
    finally:
        system.remove()
    embedded = Embedded(folder / "embedded", args.port_offset)
    try:
        urls = [embedded.url(name) for name in SERVICES]
        lines += measure("all-embedded", embedded.replica, urls, args.rounds, (60, 0.3))
    finally:
        embedded.stop()
    print(f"{'binary, stripped':<28} {binary().stat().st_size / 1e6:>7.1f} MB (≤ 30)")
    for line in lines:
        print(line.json_line())
