"""POST /oauth2/token, grant client_credentials, at 64 connections, beside pgbench's insert of one session.

Every token is a session in PostgreSQL when it is answered; the rows are counted after each round."""

import load
import tokens
from bench_system import BenchSystem
from figures import Figure, Round

CONNECTIONS = 64


def grant(system, database, basic, seconds):
    before = tokens.rows(database, "session")
    settings = {"BASIC": basic}
    seen = load.wrk(tokens.token_url(system), "client_credentials.lua", CONNECTIONS, seconds, settings)
    tokens.require_stored(database, "session", before, seen)
    return seen


def run(args, folder):
    figure = Figure("client-credentials", "tokens/s", "pgbench 64 clients", 4_000)
    with BenchSystem(folder, args.port_offset) as system:
        basic = tokens.make_client(system, ["introspect"])
        system.keep_only("auth")
        database = system.database_url("AUTH_TOKENS")
        load.script(database, "copy_tokens.sql")
        ceiling = load.wrk(system.replica("auth").url, "ceiling.lua", CONNECTIONS, 3)
        print(f"load generator on /livez: {ceiling.per_second:,.0f}/s")
        grant(system, database, basic, 2)
        for index in range(args.rounds):
            limit = load.pgbench(database, "client_credentials.sql", CONNECTIONS, args.seconds)
            seen = grant(system, database, basic, args.seconds)
            figure.rounds.append(Round(seen.per_second, limit, seen.p50_ms, seen.p99_ms))
            print(f"round {index + 1}: {seen.per_second:,.0f}/s, pgbench {limit:,.0f}/s", flush=True)
        figure.rss_mb = system.rss_mb("auth")
    print(figure.table())
    print(figure.json_line())
