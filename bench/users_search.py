"""GET /users among 1,000,000 accounts: page 1 and page 1,000 of searches with and without filters."""

import json
import urllib.parse

import load
from bench_system import BenchSystem, fetch
from pages import Page, measure_all

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


def found_pages(system, name, filters, token):
    """Page 1 and, where there is one, page 1,000, walked to by the cursors."""
    base = system.url("users", "/users")

    def page(number, cursor):
        query = {**filters, **({"cursor": cursor} if cursor else {})}
        url = f"{base}?{urllib.parse.urlencode(query)}" if query else base
        return Page(f"users-search-{name}-page-{number}", "bearer.lua", url, {"TOKEN": token})

    found, cursor = [page(1, None)], None
    for _ in range(FAR_PAGE - 1):
        cursor = json.loads(fetch(page(1, cursor).url, token))["nextCursor"]
        if cursor is None:
            return found
    return [*found, page(FAR_PAGE, cursor)]


def run(args, folder):
    with BenchSystem(folder, args.port_offset) as system:
        token = system.administrator_token()
        system.keep_only("users")
        database = system.database_url("REGISTRATIONS")
        print("filling in 1,000,000 accounts", flush=True)
        load.query(database, (load.HERE / "sql" / "fill_users.sql").read_text(encoding="utf-8"))
        load.query(database, "VACUUM ANALYZE account")
        pages = (
            page
            for name, filters in SEARCHES.items()
            for page in found_pages(system, name, filters, token)
        )
        lines = measure_all(pages, CONNECTIONS, GOAL_MS, args, lambda: system.rss_mb("users"))
    print("\n".join(lines))
