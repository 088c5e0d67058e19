"""Pages of lists under load, each a figure: the 99th percentile of its median round, beside the goal."""

from dataclasses import dataclass

import load
from figures import TimeFigure


@dataclass
class Page:
    """What is measured under one name: a URL, or several, as the script of bench/lua takes them."""

    name: str
    script: str
    url: str
    settings: dict


def measure(page, connections, goal_ms, args):
    rounds = [
        load.wrk(page.url, page.script, connections, args.seconds, page.settings)
        for _ in range(args.rounds)
    ]
    middle = sorted(rounds, key=lambda each: each.p99_ms)[len(rounds) // 2]
    print(
        f"{page.name:<40} {middle.per_second:>11,.0f}/s"
        f" {middle.p50_ms:>9.2f} {middle.p99_ms:>9.2f} {goal_ms:>6}",
        flush=True,
    )
    times = [each.p99_ms for each in rounds]
    spread = (min(times), max(times))
    return TimeFigure(
        page.name, middle.p99_ms, "ms p99", goal_ms, middle.p50_ms, middle.p99_ms, spread=spread
    )


def measure_all(pages, connections, goal_ms, args, rss_mb):
    """Prints a table; answers a JSON line a page."""
    print(f"{'page':<40} {'pages':>13} {'p50 ms':>9} {'p99 ms':>9} {'goal':>6}")
    measured = [measure(page, connections, goal_ms, args) for page in pages]
    missed = [each.name for each in measured if each.p99_ms > goal_ms]
    print(f"goal p99 ≤ {goal_ms} ms: {'missed by ' + ', '.join(missed) if missed else 'met'}")
    memory = rss_mb()
    for each in measured:
        each.rss_mb = memory
    return [each.json_line() for each in measured]
