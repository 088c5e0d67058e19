"""`sql`: a folder's sql/*.sql and migrations/*.sql as C++ constants, a text for each of the two databases.

A statement whose first line is `-- frame: NAME` stands where NAME.frame.sql of its folder says `:rows`.
"""

import pathlib
import re

import cpp

OVERRIDE = ".sqlite"
FRAME = ".frame"
HOLE = ":rows"


def pairs(folder):
    """{name: (postgres path, sqlite path)} of a folder's .sql files; one path where nothing overrides."""
    files = {path.stem: path for path in sorted(folder.glob("*.sql")) if not path.stem.endswith(FRAME)}
    found = {}
    for stem, path in files.items():
        if not stem.endswith(OVERRIDE):
            found[stem] = (path, files.get(stem + OVERRIDE, path))
        elif stem.removesuffix(OVERRIDE) not in files:
            raise cpp.InputError(f"{cpp.display_path(path)}: overrides no {stem.removesuffix(OVERRIDE)}.sql")
    return found


def frame_text(path, first_line):
    """The text of the frame that a statement's first line names; nothing but the hole where it names none."""
    match = re.fullmatch(r"--\s*frame:\s*(\w+)\s*", first_line)
    if not match:
        return HOLE
    if path.stem.endswith(FRAME):
        raise cpp.InputError(f"{cpp.display_path(path)}: a frame stands in no frame")
    frame = path.with_name(f"{match[1]}{FRAME}.sql")
    if not frame.exists():
        raise cpp.InputError(f"{cpp.display_path(path)}: there is no {frame.name} beside it")
    text = statement_text(frame)
    if text.count(HOLE) != 1:
        raise cpp.InputError(f"{cpp.display_path(frame)}: must say {HOLE} once")
    return text


def statement_text(path):
    """The statement alone, in its frame: no comment lines before it, no semicolon after it."""
    lines = cpp.read_text(path).splitlines()
    frame = frame_text(path, lines[0] if lines else "")
    while lines and (not lines[0].strip() or lines[0].lstrip().startswith("--")):
        lines.pop(0)
    text = "\n".join(lines).strip().removesuffix(";").rstrip()
    if not text:
        raise cpp.InputError(f"{cpp.display_path(path)}: holds no statement")
    return frame.replace(HOLE, text)


def statements(folder):
    """[(name, postgres text, sqlite text)] in the order of their names."""
    found = pairs(folder / "sql")
    return [
        (cpp.identifier(name, cpp.display_path(path)), statement_text(path), statement_text(sqlite))
        for name, (path, sqlite) in found.items()
    ]


def migrations(folder):
    """[(version, name, postgres text, sqlite text)], numbered from 1 without gaps."""
    found = []
    for stem, (path, sqlite) in pairs(folder / "migrations").items():
        match = re.fullmatch(r"(\d{4})_([a-z0-9_]+)", stem)
        if not match:
            raise cpp.InputError(f"{cpp.display_path(path)}: must be named NNNN_name.sql")
        found.append((int(match[1]), match[2], cpp.read_text(path).strip(), cpp.read_text(sqlite).strip()))
    for expected, (version, *_) in enumerate(found, start=1):
        if version != expected:
            raise cpp.InputError(f"{cpp.display_path(folder)}/migrations: expected number {expected:04d}")
    return found


def statement_lines(folder):
    where = cpp.display_path(folder)
    entries = statements(folder)
    lines = [
        f"inline constexpr esm::db::statement {name}{{\n    {cpp.string_literal(f'{folder.name}.{name}')},\n"
        f"    {cpp.raw_literal(postgres, where)},\n    {cpp.raw_literal(sqlite, where)}\n}};\n"
        for name, postgres, sqlite in entries
    ]
    pointers = [f"&{name}" for name, *_ in entries]
    return "\n".join(lines + [cpp.array("all_statements", "const esm::db::statement*", pointers)])


def render(folder, namespace):
    folder = pathlib.Path(folder).resolve()
    where = cpp.display_path(folder)
    cpp.namespace_name(namespace, where)
    rows = [
        f"esm::db::migration{{{version}, {cpp.string_literal(name)},\n"
        f"    {cpp.raw_literal(postgres, where)},\n    {cpp.raw_literal(sqlite, where)}}}"
        for version, name, postgres, sqlite in migrations(folder)
    ]
    body = cpp.in_namespace(f"{namespace}::sql", statement_lines(folder)) + "\n"
    body += cpp.in_namespace(namespace, cpp.array("migrations", "esm::db::migration", rows))
    return cpp.header([folder], ["<array>", "", '"platform/db/statement.hpp"'], body)


def add_arguments(parser):
    parser.add_argument("folder", help="folder that holds sql/ and migrations/")
    parser.add_argument("namespace", help="for example esm::tasks")
    parser.add_argument("output", help="header to write")


def run(args):
    cpp.write_if_changed(args.output, render(args.folder, args.namespace))
