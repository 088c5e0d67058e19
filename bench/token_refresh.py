"""POST /oauth2/token, grant refresh_token, at 64 connections, beside pgbench's one-refresh transaction.

Each round follows the chains of successors of a thousand sessions of its own; every answer is a used token
and a new one in PostgreSQL, counted after each round."""

import load
import tokens
from bench_system import BenchSystem
from figures import Figure, Round

CONNECTIONS = 64
# A sealed refresh token: nonce, token and tag in base64url.
SEALED = "x" * 120


def refresh(system, database, folder, seconds):
    (folder / "tokens").write_text("\n".join(tokens.open_sessions(database)) + "\n")
    before = tokens.rows(database, "refresh_token")
    settings = {"TOKENS": str(folder / "tokens")}
    seen = load.wrk(tokens.token_url(system), "refresh.lua", CONNECTIONS, seconds, settings)
    tokens.require_stored(database, "refresh_token", before, seen)
    return seen


def limit_of(database, seconds):
    load.script(database, "fill_refresh.sql")
    return load.pgbench(database, "refresh.sql", CONNECTIONS, seconds, (("step", 0), ("sealed", SEALED)))


def run(args, folder):
    figure = Figure("token-refresh", "tokens/s", "pgbench 64 clients", 4_000)
    with BenchSystem(folder, args.port_offset) as system:
        system.keep_only("auth")
        database = system.database_url("AUTH_TOKENS")
        load.script(database, "copy_tokens.sql")
        ceiling = load.wrk(system.replica("auth").url, "ceiling.lua", CONNECTIONS, 3)
        print(f"load generator on /livez: {ceiling.per_second:,.0f}/s")
        refresh(system, database, folder, 2)
        for index in range(args.rounds):
            limit = limit_of(database, args.seconds)
            seen = refresh(system, database, folder, args.seconds)
            figure.rounds.append(Round(seen.per_second, limit, seen.p50_ms, seen.p99_ms))
            print(f"round {index + 1}: {seen.per_second:,.0f}/s, pgbench {limit:,.0f}/s", flush=True)
        figure.rss_mb = system.rss_mb("auth")
    print(figure.table())
    print(figure.json_line())
