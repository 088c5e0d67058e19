"""TokenService.ValidateToken for 64 callers with a service token, beside a bare gRPC server of its message.

The tokens of a thousand sessions, active before the first and after the last round."""

import json

import load
import tokens
from bench_system import BenchSystem
from figures import Figure, Round
from parts.process import Process, port_is_free, require_free_ports, wait_until

CALLERS = 64
METHOD = "eventstreammonitor.auth.v1.TokenService/ValidateToken"
ECHO_PORT = 25199


def service_client(system):
    """The Basic credentials of the tasks service, one of the callers this method is for."""
    own = system.system.identity("tasks")
    return tokens.basic_of(own["ESM_SYSTEM_CLIENT_ID"], own["ESM_SYSTEM_CLIENT_SECRET"])


def start_echo(folder, port):
    require_free_ports({port: "the bare gRPC server"})
    echo = Process("grpc-echo", folder)
    echo.start([load.ROOT / "build" / "release" / "bench" / "peers" / "bench_grpc_echo", port])
    wait_until(lambda: not port_is_free(port), 10, "the bare gRPC server", echo)
    return echo


def measure(args, folder, system, figure):
    basic = service_client(system)
    grant = {"grant_type": "client_credentials"}
    own = tokens.post_form(tokens.token_url(system), grant, basic)["access_token"]
    live = tokens.access_tokens(system)
    data = folder / "requests.json"
    data.write_text(json.dumps([{"access_token": token} for token in live]))
    tokens.require_active(system, basic, live)
    port = ECHO_PORT + args.port_offset

    def call(target, seconds):
        return load.ghz(target, METHOD, data, own, CALLERS, seconds)

    ours, bare = system.system.grpc_target("auth"), f"127.0.0.1:{port}"
    echo = start_echo(folder, port)
    try:
        call(ours, 2)
        for index in range(args.rounds):
            limit = call(bare, args.seconds)
            seen = call(ours, args.seconds)
            figure.rounds.append(Round(seen.per_second, limit.per_second, seen.p50_ms, seen.p99_ms))
            print(
                f"round {index + 1}: {seen.per_second:,.0f}/s, load generator on the bare server"
                f" {limit.per_second:,.0f}/s",
                flush=True,
            )
    finally:
        echo.stop()
    tokens.require_active(system, basic, live)
    figure.rss_mb = system.rss_mb("auth")


def run(args, folder):
    figure = Figure("validate-grpc", "calls/s", "bare gRPC, same message", 0.85)
    load.install_ghz()
    with BenchSystem(folder, args.port_offset) as system:
        system.keep_only("auth")
        measure(args, folder, system, figure)
    print(figure.table())
    print(figure.json_line())
