"""The files of the repository as git sees them, and the few things about their text that the checks share."""

import functools
import pathlib
import re
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
CODE = (".cpp", ".hpp", ".py", ".ts", ".tsx")


@functools.cache
def files():
    """Tracked and new files, without what .gitignore names, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=30).stdout
    paths = (pathlib.Path(name) for name in listed.decode().split("\0") if name)
    return sorted(path for path in paths if (ROOT / path).is_file())


def under(*folders, suffixes=()):
    """The files in the folders (all without any) that end in one of the suffixes (any without)."""
    return [
        path
        for path in files()
        if (not folders or path.parts[0] in folders)
        and (not suffixes or path.name.endswith(tuple(suffixes)))
    ]


def is_code(path):
    """By suffix, or for a command without one by its first line."""
    if path.suffix in CODE:
        return True
    return path.suffix == "" and re.match(r"#!.*python", text(path)) is not None


@functools.cache
def text(path):
    return (ROOT / path).read_bytes().decode("utf-8", errors="replace")


def report(title, findings):
    """The message of a failed check: what is wrong, a line each."""
    return f"{title}:\n  " + "\n  ".join(findings)
