"""GET /users among 1,000,000 accounts: page 1 and page 1,000 of searches with and without filters."""

import json
import urllib.parse
import urllib.request
from dataclasses import dataclass

import load
from bench_system import BenchSystem
from figures import machine

CONNECTIONS = 4
GOAL_MS = 10
FAR_PAGE = 1000
# The accounts of sql/fill_users.sql registered from 2020-09-13T12:26:41Z on, one a second.
SEARCHES = {
    "all": {},
    "active-users": {"state": "active", "role": "user"},
    "prefix": {"q": "user"},
    "narrow-prefix": {"q": "user77"},
    "created-between": {"createdAfter": "2020-09-14T00:00:00Z", "createdBefore": "2020-09-24T00:00:00Z"},
    "administrators": {"role": "admin"},
    "locked": {"state": "locked", "q": "user"},
    "hard": {"q": "user", "createdAfter": "2020-09-24T00:00:00Z", "createdBefore": "2020-09-24T01:00:00Z"},
}


@dataclass
class Page:
    """One URL that is measured."""

    name: str
    number: int
    url: str


def fetch(url, token):
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def pages(system, name, filters, token):
    """Page 1 and, where there is one, page 1,000, walked to by the cursors."""
    base = system.url("users", "/users")

    def url(cursor):
        query = {**filters, **({"cursor": cursor} if cursor else {})}
        return f"{base}?{urllib.parse.urlencode(query)}" if query else base

    found, cursor = [Page(name, 1, url(None))], None
    for _ in range(FAR_PAGE - 1):
        cursor = fetch(url(cursor), token)["nextCursor"]
        if cursor is None:
            return found
    return [*found, Page(name, FAR_PAGE, url(cursor))]


def measure(page, args, token):
    """The figure of one page: the median of the rounds' 99th percentiles, beside the goal."""
    rounds = [
        load.wrk(page.url, "bearer.lua", CONNECTIONS, args.seconds, {"TOKEN": token})
        for _ in range(args.rounds)
    ]
    middle = sorted(rounds, key=lambda each: each.p99_ms)[len(rounds) // 2]
    print(
        f"{page.name:<18} {page.number:>6} {middle.per_second:>11,.0f}/s"
        f" {middle.p50_ms:>9.2f} {middle.p99_ms:>9.2f} {GOAL_MS:>6}",
        flush=True,
    )
    return {
        "name": f"users-search-{page.name}-page-{page.number}",
        "value": round(middle.p99_ms, 2),
        "unit": "ms p99",
        "limit": GOAL_MS,
        "limit_name": "goal",
        "ratio": round(middle.p99_ms / GOAL_MS, 3),
        "p50_ms": round(middle.p50_ms, 2),
        "p99_ms": round(middle.p99_ms, 2),
        "rss_mb": 0.0,
        "spread": [
            round(min(each.p99_ms for each in rounds), 2),
            round(max(each.p99_ms for each in rounds), 2),
        ],
        "machine": machine(),
    }


def run(args, folder):
    lines = []
    with BenchSystem(folder, args.port_offset) as system:
        token = system.administrator_token()
        system.keep_only("users")
        database = system.database_url("REGISTRATIONS")
        print("filling in 1,000,000 accounts", flush=True)
        load.query(database, (load.HERE / "sql" / "fill_users.sql").read_text(encoding="utf-8"))
        load.query(database, "VACUUM ANALYZE account")
        print(f"{'search':<18} {'page':>6} {'pages':>13} {'p50 ms':>9} {'p99 ms':>9} {'goal':>6}")
        for name, filters in SEARCHES.items():
            for page in pages(system, name, filters, token):
                lines.append(measure(page, args, token))
        memory = system.rss_mb("users")
    for line in lines:
        print(json.dumps({**line, "rss_mb": round(memory, 1)}))
