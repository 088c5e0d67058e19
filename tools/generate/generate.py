#!/usr/bin/python3
"""Generates code and pages from what is declared once: `generate.py <kind> <input…> <output>`; for CMake."""

import argparse
import sys

import config_header
import config_page
import cpp
import embedded_texts
import errors_header
import contract_document
import route_table
import sql_header

KINDS = {
    "errors": errors_header,
    "sql": sql_header,
    "config": config_header,
    "config-docs": config_page,
    "embed": embedded_texts,
    "openapi": route_table,
    "bundle": contract_document,
}


def main(arguments):
    if not arguments or arguments[0] not in KINDS:
        print(f"{__doc__}\nKinds: {', '.join(KINDS)}; each explains itself with --help.", file=sys.stderr)
        return 2
    kind, module = arguments[0], KINDS[arguments[0]]
    parser = argparse.ArgumentParser(prog=f"generate.py {kind}", description=module.__doc__)
    module.add_arguments(parser)
    args = parser.parse_intermixed_args(arguments[1:])
    try:
        module.run(args)
    except cpp.InputError as error:
        print(f"generate {kind}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
