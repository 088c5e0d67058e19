"""POST /auth/login at 16 connections, beside raw argon2id of libsodium on as many threads as there are cores.

Ten thousand accounts log in from many addresses; each login is a checked password, a session and an event."""

import os
import subprocess

import load
from bench_system import PASSWORD, BenchSystem
from figures import Figure, Round
from parts.process import PartError

CONNECTIONS = 16
LOGINS = 10_000
# The broker compiles its hot paths meanwhile, which takes as much of the cores as it then needs for minutes.
WARM_UP_S = 20


def raw_hashes(seconds):
    """Hashes a second of bench/peers/argon2.cpp on as many threads as the hasher of the service has."""
    program = load.ROOT / "build" / "release" / "bench" / "peers" / "bench_argon2"
    command = [program, str(os.cpu_count()), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise PartError(f"bench_argon2: {done.stderr.strip()}")
    return float(done.stdout)


def log_in(system, database, seconds):
    before = int(load.query(database, "SELECT count(*) FROM session"))
    settings = {"LOGINS": str(LOGINS), "PASSWORD": PASSWORD}
    seen = load.wrk(system.url("auth", "/auth/login"), "login.lua", CONNECTIONS, seconds, settings)
    opened = int(load.query(database, "SELECT count(*) FROM session")) - before
    if opened < seen.requests:
        raise PartError(f"{seen.requests} logins were answered, {opened} sessions are in the database")
    return seen


def run(args, folder):
    figure = Figure("login", "logins/s", f"argon2id, {os.cpu_count()} threads", 0.95)
    with BenchSystem(folder, args.port_offset) as system:
        system.token()
        system.keep_only("users", "auth")
        load.script(system.database_url("REGISTRATIONS"), "fill_logins.sql", {"logins": LOGINS})
        database = system.database_url("AUTH_TOKENS")
        ceiling = load.wrk(system.replica("auth").url, "ceiling.lua", CONNECTIONS, 3)
        print(f"load generator on /livez: {ceiling.per_second:,.0f}/s")
        log_in(system, database, WARM_UP_S)
        for index in range(args.rounds):
            limit = raw_hashes(args.seconds)
            seen = log_in(system, database, args.seconds)
            figure.rounds.append(Round(seen.per_second, limit, seen.p50_ms, seen.p99_ms))
            print(f"round {index + 1}: {seen.per_second:.1f}/s, argon2id {limit:.1f}/s", flush=True)
        figure.rss_mb = system.rss_mb("users")
    print(figure.table())
    print(figure.json_line())
