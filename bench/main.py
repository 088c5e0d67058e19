"""Command line of the benchmarks: a table for people and one JSON line a figure for machines."""

import argparse
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tools"))

import client_credentials  # noqa: E402
import data  # noqa: E402
import engine_noop  # noqa: E402
import footprint  # noqa: E402
import image  # noqa: E402
import introspect  # noqa: E402
import login  # noqa: E402
import notify  # noqa: E402
import register_to_mail  # noqa: E402
import start_latency  # noqa: E402
import tasks_create  # noqa: E402
import tasks_get  # noqa: E402
import tasks_list  # noqa: E402
import token_refresh  # noqa: E402
import users_search  # noqa: E402
import validate_grpc  # noqa: E402
from parts.process import PartError  # noqa: E402

BENCHES = {
    "tasks-create": tasks_create,
    "tasks-get": tasks_get,
    "tasks-list": tasks_list,
    "engine-noop": engine_noop,
    "start-latency": start_latency,
    "notify": notify,
    "register-to-mail": register_to_mail,
    "users-search": users_search,
    "login": login,
    "token-refresh": token_refresh,
    "client-credentials": client_credentials,
    "introspect": introspect,
    "validate-grpc": validate_grpc,
    "footprint": footprint,
    "image": image,
    "data": data,
}


def main():
    described = "\n".join(
        f"  {name:<19} {module.__doc__.splitlines()[0]}" for name, module in BENCHES.items()
    )
    parser = argparse.ArgumentParser(
        prog="./bench/run",
        description="Takes one figure beside its limit in the same run; see bench/README.md.",
        epilog=f"names:\n{described}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", choices=BENCHES, metavar="NAME")
    parser.add_argument("--rounds", type=int, default=3, help="alternating rounds, at least 3 (default 3)")
    parser.add_argument("--seconds", type=int, default=10, help="length of each measurement (default 10)")
    parser.add_argument("--port-offset", type=int, default=2000, help="moves every port (default 2000)")
    args = parser.parse_args()
    if args.rounds < 3:
        parser.error("--rounds: at least 3, since machines are noisy")
    with tempfile.TemporaryDirectory(prefix="esm-bench-") as folder:
        try:
            BENCHES[args.name].run(args, Path(folder))
        except PartError as error:
            print(f"bench: {error}", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
