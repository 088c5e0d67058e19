"""POST /oauth2/introspect at 64 connections over the access tokens of a thousand sessions, beside GET /livez.

All tokens are active before the first and after the last round."""

import load
import tokens
from bench_system import BenchSystem
from figures import Figure, Round

CONNECTIONS = 64


def run(args, folder):
    figure = Figure("introspect", "requests/s", "wrk on /livez", 8_000)
    with BenchSystem(folder, args.port_offset) as system:
        basic = tokens.make_client(system, ["introspect"])
        system.keep_only("auth")
        live = tokens.access_tokens(system)
        (folder / "tokens").write_text("\n".join(live) + "\n")
        settings = {"TOKENS": str(folder / "tokens"), "BASIC": basic}
        url = f"{system.system.url('auth')}/oauth2/introspect"
        tokens.require_active(system, basic, live)
        load.wrk(url, "introspect.lua", CONNECTIONS, 2, settings)
        for index in range(args.rounds):
            ceiling = load.wrk(system.replica("auth").url, "ceiling.lua", CONNECTIONS, args.seconds)
            seen = load.wrk(url, "introspect.lua", CONNECTIONS, args.seconds, settings)
            figure.rounds.append(Round(seen.per_second, ceiling.per_second, seen.p50_ms, seen.p99_ms))
            print(
                f"round {index + 1}: {seen.per_second:,.0f}/s,"
                f" load generator on /livez {ceiling.per_second:,.0f}/s",
                flush=True,
            )
        tokens.require_active(system, basic, live)
        figure.rss_mb = system.rss_mb("auth")
    print(figure.table())
    print(figure.json_line())
