#!/usr/bin/env python3
"""Counts words as a program of `esm worker run`: parameters on standard input, JSON lines out, no library."""

import collections
import json
import os
import sys
import time

EX_DATAERR = 65  # the input is bad: do not try again


def say(**message):
    print(json.dumps(message), flush=True)


def main():
    parameters = json.load(sys.stdin)
    if not isinstance(parameters.get("text"), str):
        print('parameters must be {"text": "…"}', file=sys.stderr)
        return EX_DATAERR
    say(log=f"attempt {os.environ['ESM_ATTEMPT']} of {os.environ['ESM_MAX_ATTEMPTS']}", severity="debug")
    lines, counts = parameters["text"].splitlines(), collections.Counter()
    for done, line in enumerate(lines):
        counts.update(line.lower().split())
        time.sleep(parameters.get("pausePerLineMs", 0) / 1000)  # to watch it work
        say(progress=100 * done // len(lines))
    say(result={"words": counts.total(), "top": dict(counts.most_common(10))})
    return 0


if __name__ == "__main__":
    sys.exit(main())
