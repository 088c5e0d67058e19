#!/usr/bin/python3
"""Generates code and pages from what is declared once: `generate.py <kind> <input…> <output>`; for CMake."""

import argparse
import sys

import config_header
import config_page
import cpp
import embedded_texts
import errors_header
import route_table
import sql_header

KINDS = {
    "errors": errors_header,
    "sql": sql_header,
    "config": config_header,
    "config-docs": config_page,
    "embed": embedded_texts,
    "openapi": route_table,
}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__)
    kinds = parser.add_subparsers(dest="kind", required=True)
    for name, module in KINDS.items():
        module.add_arguments(kinds.add_parser(name, description=module.__doc__))
    args = parser.parse_args(arguments)
    try:
        KINDS[args.kind].run(args)
    except cpp.InputError as error:
        print(f"generate {args.kind}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
