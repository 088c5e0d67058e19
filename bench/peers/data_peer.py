"""The group-by of bench/data.py by DuckDB or pandas: `data_peer.py NAME FILE`, where these are installed.

Prints seconds, the peak of the process's memory and the groups; imports are not part of the seconds."""

import json
import resource
import sys
import time


def by_duckdb(path):
    import duckdb

    begun = time.monotonic()
    aggregates = "count(amount), sum(amount), avg(amount), min(amount), max(amount)"
    query = f"SELECT category, {aggregates} FROM read_csv(?) GROUP BY category"
    groups = duckdb.execute(query, [path]).fetchall()
    return time.monotonic() - begun, [list(group) for group in groups]


def by_pandas(path):
    import pandas

    begun = time.monotonic()
    rows = pandas.read_csv(path, usecols=["category", "amount"])
    groups = rows.groupby("category")["amount"].agg(["count", "sum", "mean", "min", "max"])
    seconds = time.monotonic() - begun
    return seconds, [[group[0], int(group[1]), *group[2:]] for group in groups.itertuples()]


def main():
    name, path = sys.argv[1:]
    seconds, groups = {"duckdb": by_duckdb, "pandas": by_pandas}[name](path)
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "rssMb": peak_mb, "groups": groups}))


if __name__ == "__main__":
    main()
